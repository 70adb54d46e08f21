package io.lockstep.failover.application;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Steps on real control groups. */
class StepsOnControlGroupsTest extends StepsTest {
  @Override
  ProcessGroups makeGroups() throws IOException {
    Optional<Path> hierarchy = ControlGroups.hierarchy();
    assumeTrue(hierarchy.isPresent(), "no writable cgroup2 hierarchy, or not root");
    return new ControlGroups(hierarchy.get());
  }
}

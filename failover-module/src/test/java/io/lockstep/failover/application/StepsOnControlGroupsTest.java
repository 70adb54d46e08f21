package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;

/** Steps on real control groups. */
class StepsOnControlGroupsTest extends StepsTest {
  @Override
  ProcessGroups makeGroups() throws IOException {
    return ControlGroups.orSkip();
  }
}

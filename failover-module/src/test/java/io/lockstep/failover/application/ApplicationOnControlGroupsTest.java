package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;

/** The application on real control groups. */
class ApplicationOnControlGroupsTest extends ApplicationTest {
  @Override
  ProcessGroups makeGroups() throws IOException {
    return ControlGroups.orSkip();
  }
}

package io.lockstep.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.replay.Replay;
import io.lockstep.failover.replay.Run;
import io.lockstep.failover.replay.Session;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A recording that an earlier Lockstep wrote, kept as its file was. It is not written anew when the
 * role machine's state or inputs change: what operators have on their disks is not either.
 */
class PinnedRecordingTest {
  private static Recording pinned(String name) throws Exception {
    var file = Objects.requireNonNull(PinnedRecordingTest.class.getResource(name));
    return Recording.read(Path.of(file.toURI()));
  }

  /** A secondary follows, loses its primary, takes over and runs alone; its link breaks twice. */
  @Test
  void whatVersion1WroteIsReadAndReplayed() throws Exception {
    Recording read = pinned("recording-version-1");
    assertThat(read.problems()).isEmpty();
    assertThat(read.sessions()).hasSize(1);
    Session session = read.sessions().get(0);
    assertThat(session.begin().module()).isEqualTo("desk");
    assertThat(session.begin().starts()).isTrue();
    Run run = Replay.asRecorded(session);
    assertThat(run.other()).isEmpty();
    RoleState last = run.last();
    assertThat(last.role()).isEqualTo(Role.ALONE);
    assertThat(last.dataState()).isEqualTo(DataState.UP_TO_DATE);
    assertThat(last.applicationUp()).isTrue();
  }
}

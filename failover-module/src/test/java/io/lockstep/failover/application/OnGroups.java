package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application with real processes, of which nothing may be left after a test. In groups known by
 * their environment; a test of the same on control groups overrides {@link #makeGroups}.
 */
abstract class OnGroups {
  @TempDir Path home;

  final List<String> told = new CopyOnWriteArrayList<>();
  ProcessGroup group;
  Application application;
  private ProcessGroups groups;

  /** The groups that the tests run on. */
  ProcessGroups makeGroups() throws IOException {
    return new PlainGroups();
  }

  /** The application of that specification; the one before it stays as it is. */
  Application of(ApplicationSpec spec) throws IOException {
    groups = groups == null ? makeGroups() : groups;
    group = groups.group(spec.name());
    application =
        new Application(
            spec, groups, home.resolve("log"), LogLimits.DEFAULT, this::look, listener());
    return application;
  }

  private Application.Listener listener() {
    return new Application.Listener() {
      @Override
      public void failed(String reason, boolean switchOver) {
        OnGroups.this.failed(switchOver + " " + reason);
      }

      @Override
      public void prefersPeer(String reason) {
        told.add("peer " + reason);
      }

      @Override
      public void fitness(String unfit, boolean up) {
        told.add("fitness " + unfit + " " + up);
      }

      @Override
      public void restarted() {
        OnGroups.this.restarted();
      }
    };
  }

  /** Looks for a checker of the application's. */
  Optional<String> look(Probe probe, Duration timeout) throws IOException, InterruptedException {
    throw new IOException("nothing here can perform " + probe);
  }

  /** It was given up. */
  void failed(String how) {
    told.add(how);
  }

  /** It is up again after a restart in place. */
  void restarted() {}

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (application != null) {
      application.stop(true);
      assertThat(group.empty()).isTrue();
      application.close();
    }
    if (groups instanceof ControlGroups mine) {
      mine.close();
    }
  }
}

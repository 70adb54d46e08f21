package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.execution.SystemExecution;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the guardian goes by: a loop that goes round, and one that is stuck in what it decided. */
class RoleLoopTest {
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  private final CountDownLatch wayOut = new CountDownLatch(1);

  @Test
  void aLoopThatIsStuckTurnsNoMore() throws Exception {
    Host host =
        new Host(
            null,
            new SystemExecution(),
            null,
            null,
            5,
            (what, why) -> {
              throw new AssertionError(what, why);
            });
    RoleSettings settings = RoleSettings.of("a", "b", SECOND_NS, 30 * SECOND_NS, 6 * SECOND_NS);
    try (RoleLoop loop =
        new RoleLoop(host, "m", settings, new StuckAfterSettings(), System::nanoTime)) {
      loop.start(new RoleInput.Tick());
      long before = loop.turns();
      await().until(() -> loop.turns() > before + 3);
      loop.post(new RoleInput.Settings(settings));
      await().during(100, TimeUnit.MILLISECONDS).until(() -> stands(loop));
      wayOut.countDown();
      long stuckAt = loop.turns();
      await().until(() -> loop.turns() > stuckAt + 3);
    }
  }

  private static boolean stands(RoleLoop loop) throws InterruptedException {
    long before = loop.turns();
    TimeUnit.MILLISECONDS.sleep(20);
    return loop.turns() == before;
  }

  /** A disk under the log that answers nothing, say. */
  private final class StuckAfterSettings implements RoleLoop.Effects {
    @Override
    public void quick(RoleEffect effect) {}

    @Override
    public RoleInput tracked(RoleEffect effect) {
      return new RoleInput.Tick();
    }

    @Override
    public void stepped(RoleState before, RoleState after, RoleInput input, String because) {
      if (input instanceof RoleInput.Settings) {
        try {
          assertThat(wayOut.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}

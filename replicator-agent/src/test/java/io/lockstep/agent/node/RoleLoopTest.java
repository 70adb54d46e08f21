package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.application.WaitingException;
import io.lockstep.failover.role.DurableStanding;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
        new RoleLoop(
            host,
            "m",
            settings,
            new StuckAfterSettings(),
            System::nanoTime,
            () -> Long.MAX_VALUE)) {
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

  @Test
  void aStartThatHasToWaitIsToldApartFromOneThatFailed() throws Exception {
    List<RoleInput> given = new CopyOnWriteArrayList<>();
    RoleLoop.Effects effects =
        new RoleLoop.Effects() {
          @Override
          public void quick(RoleEffect effect) {}

          @Override
          public RoleInput tracked(RoleEffect effect) throws Exception {
            throw given.size() < 3
                ? new WaitingException("desk has to wait")
                : new IOException("x");
          }

          @Override
          public void stepped(long nowNs, RoleState before, RoleInput input, Step step) {
            if (input instanceof RoleInput.EffectFailed) {
              given.add(input);
            }
          }
        };
    RoleSettings settings = RoleSettings.of("a", "b", SECOND_NS, 30 * SECOND_NS, 6 * SECOND_NS);
    Host host = new Host(null, new SystemExecution(), null, null, 5, (what, why) -> {});
    try (RoleLoop loop =
        new RoleLoop(host, "m", settings, effects, System::nanoTime, () -> Long.MAX_VALUE)) {
      loop.start(
          new RoleInput.Boot(
              new DurableStanding(
                  Generation.NONE, 0, false, false, "", true, DataState.CONSISTENT, "", true)));
      await().until(() -> given.size() >= 3);
      loop.post(new RoleInput.Start(true, "op"));
      await().until(() -> given.size() >= 4);
    }
    assertThat(((RoleInput.EffectFailed) given.get(0)).waits()).isTrue();
    assertThat(((RoleInput.EffectFailed) given.get(3)).waits()).isFalse();
  }

  @Test
  void thatItStoodStillIsDecidedOnBeforeWhatWaitedMeanwhile() throws Exception {
    AtomicLong now = new AtomicLong();
    List<String> decided = new CopyOnWriteArrayList<>();
    CountDownLatch inside = new CountDownLatch(1);
    RoleLoop.Effects effects =
        new RoleLoop.Effects() {
          @Override
          public void quick(RoleEffect effect) {}

          @Override
          public RoleInput tracked(RoleEffect effect) {
            return new RoleInput.Tick();
          }

          @Override
          public void stepped(long nowNs, RoleState before, RoleInput input, Step step) {
            decided.add(input.getClass().getSimpleName());
            if (input instanceof RoleInput.Settings) {
              inside.countDown();
              try {
                assertThat(wayOut.await(1, TimeUnit.MINUTES)).isTrue();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          }
        };
    Host host = new Host(null, new SystemExecution(), null, null, 5, RoleLoopTest::ended);
    RoleSettings settings = RoleSettings.of("a", "b", SECOND_NS, 30 * SECOND_NS, 6 * SECOND_NS);
    PeerStatus status = PeerStatus.of(Role.SECONDARY, Generation.NONE, DataState.UP_TO_DATE);
    try (RoleLoop loop =
        new RoleLoop(host, "m", settings, effects, now::get, () -> 3 * SECOND_NS)) {
      loop.start(new RoleInput.Settings(settings));
      assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
      loop.post(new RoleInput.PeerHeard(status, now.get()));
      loop.post(new RoleInput.AckTimeout());
      now.set(4 * SECOND_NS);
      wayOut.countDown();
      await().until(() -> decided.contains("AckTimeout"));
    }
    assertThat(decided).containsSubsequence("Settings", "Frozen", "AckTimeout");
    assertThat(decided).filteredOn("Frozen"::equals).hasSize(1);
    assertThat(decided).as("the peer as it was before").doesNotContain("PeerHeard");
  }

  private static void ended(String what, Throwable why) {
    throw new AssertionError(what, why);
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
    public void stepped(long nowNs, RoleState before, RoleInput input, Step step) {
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

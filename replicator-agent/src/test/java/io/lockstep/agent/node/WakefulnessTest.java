package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.port.IdleProcessors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WakefulnessTest {
  private static final long ATTENTION_NS = 100_000;

  private final AtomicLong frames = new AtomicLong(1_000);
  private final Machine machine = new Machine();
  private final Wakefulness wakefulness = new Wakefulness(machine, frames::get, ATTENTION_NS);

  private static final class Machine implements IdleProcessors {
    private boolean able = true;
    private boolean awake;

    @Override
    public boolean stayAwake(boolean asked) {
      awake = asked && able;
      return awake;
    }

    @Override
    public void close() {
      awake = false;
    }
  }

  private void look(int more) {
    frames.addAndGet(more);
    wakefulness.look();
  }

  @Test
  void aNodeThatReplicatesLittleLetsItsProcessorsSleep() {
    for (int i = 0; i < 3 * Wakefulness.PATIENCE; i++) {
      look(Wakefulness.BUSY - 1);
      assertThat(machine.awake).isFalse();
    }
    assertThat(wakefulness.attentionNs()).isEqualTo(ATTENTION_NS);
  }

  @Test
  void aBusyNodeKeepsThemAwakeUntilItHasBeenQuietForAWhile() {
    look(Wakefulness.BUSY);
    assertThat(machine.awake).isTrue();
    assertThat(wakefulness.attentionNs()).as("who waits need not stay awake as well").isZero();
    for (int i = 1; i < Wakefulness.PATIENCE; i++) {
      look(0);
      assertThat(machine.awake).as("quiet for " + i + " looks").isTrue();
    }
    look(Wakefulness.BUSY);
    for (int i = 1; i < Wakefulness.PATIENCE; i++) {
      look(0);
      assertThat(machine.awake).isTrue();
    }
    look(0);
    assertThat(machine.awake).isFalse();
    assertThat(wakefulness.attentionNs()).isEqualTo(ATTENTION_NS);
  }

  @Test
  void whereTheMachineCannotStayAwakeTheThreadsDo() {
    machine.able = false;
    look(100 * Wakefulness.BUSY);
    assertThat(wakefulness.attentionNs()).isEqualTo(ATTENTION_NS);
  }

  @Test
  void theEndLetsThemSleep() {
    look(Wakefulness.BUSY);
    wakefulness.close();
    assertThat(machine.awake).isFalse();
    assertThat(wakefulness.attentionNs()).isEqualTo(ATTENTION_NS);
  }
}

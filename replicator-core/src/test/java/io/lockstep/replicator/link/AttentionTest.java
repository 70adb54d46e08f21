package io.lockstep.replicator.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.SelectStrategy;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AttentionTest {
  @Test
  void sleepsUnlessSomethingCame() throws Exception {
    Attention attention = new Attention(() -> TimeUnit.DAYS.toNanos(1));
    assertThat(attention.calculateStrategy(() -> 7, false)).isEqualTo(SelectStrategy.SELECT);
    assertThat(attention.calculateStrategy(() -> 7, true)).isEqualTo(7);
    attention.called();
    assertThat(attention.calculateStrategy(() -> 7, false)).isEqualTo(SelectStrategy.BUSY_WAIT);
    assertThat(attention.calculateStrategy(() -> 7, true)).isEqualTo(7);
  }

  @Test
  void sleepsAgainAfterAMoment() {
    Attention attention = new Attention(() -> TimeUnit.MILLISECONDS.toNanos(1));
    attention.called();
    await().until(() -> attention.calculateStrategy(() -> 0, false) == SelectStrategy.SELECT);
  }

  @Test
  void withoutAMomentItNeverStaysAwake() throws Exception {
    Attention attention = new Attention(() -> 0);
    attention.called();
    assertThat(attention.calculateStrategy(() -> 0, false)).isEqualTo(SelectStrategy.SELECT);
  }

  @Test
  void leavesTheProcessorToWhoWantsIt() throws Exception {
    long takenNs = TimeUnit.MILLISECONDS.toNanos(3);
    long[] nowNs = {0};
    Spin spin = new Spin(() -> TimeUnit.DAYS.toNanos(1), () -> nowNs[0], () -> nowNs[0] += takenNs);
    spin.begin(0);
    assertThat(spin.on()).isTrue();
    assertThat(spin.on()).isFalse();
    Spin undisturbed =
        new Spin(() -> TimeUnit.DAYS.toNanos(1), () -> nowNs[0], () -> nowNs[0] += 300);
    undisturbed.begin(nowNs[0]);
    assertThat(undisturbed.on()).isTrue();
    assertThat(undisturbed.on()).isTrue();
  }
}

package io.lockstep.platform.linux.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TimesTest {
  @Property
  void whatFitsIsKeptExactly(
      @ForAll @LongRange(min = -9_223_372_035L, max = 9_223_372_035L) long seconds,
      @ForAll @IntRange(max = 999_999_999) int nanos) {
    long ns = Times.ns(seconds, nanos);
    assertThat(Times.seconds(ns)).isEqualTo(seconds);
    assertThat(Times.nanos(ns)).isEqualTo(nanos);
  }

  @Test
  void whatDoesNotFitIsTheNearestThatDoes() {
    assertThat(Times.ns(9_223_372_036L, 854_775_807)).isEqualTo(Long.MAX_VALUE);
    assertThat(Times.ns(9_223_372_036L, 854_775_808)).isEqualTo(Long.MAX_VALUE);
    assertThat(Times.ns(1L << 34, 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(Times.ns(Long.MAX_VALUE, 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(Times.ns(Long.MIN_VALUE, 0)).isEqualTo(Long.MIN_VALUE);
    assertThat(Times.ns(-9_223_372_037L, 145_224_192)).isEqualTo(Long.MIN_VALUE);
  }
}

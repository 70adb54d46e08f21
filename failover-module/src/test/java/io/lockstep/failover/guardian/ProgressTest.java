package io.lockstep.failover.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Progress BEFORE = new Progress(Map.of("one", 5L, "two", 9L));

  @Test
  void everyLoopHasToGoOn() {
    assertThat(new Progress(Map.of("one", 6L, "two", 10L)).since(BEFORE)).isTrue();
    assertThat(new Progress(Map.of("one", 1_000L, "two", 9L)).since(BEFORE)).isFalse();
    assertThat(BEFORE.since(BEFORE)).isFalse();
  }

  @Test
  void loopsComeAndGo() {
    assertThat(new Progress(Map.of("one", 6L, "two", 10L, "three", 0L)).since(BEFORE)).isTrue();
    assertThat(new Progress(Map.of("two", 10L)).since(BEFORE)).isTrue();
    assertThat(BEFORE.since(Progress.NONE)).isTrue();
  }
}

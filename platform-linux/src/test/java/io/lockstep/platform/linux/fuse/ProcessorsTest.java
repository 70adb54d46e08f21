package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorsTest {
  @Test
  void listsAreRead() throws IOException {
    assertThat(Processors.parse("0\n")).isEqualTo(BitSet.valueOf(new long[] {1}));
    assertThat(Processors.parse("\t0-3,6,8-9\n"))
        .isEqualTo(BitSet.valueOf(new long[] {0b1101001111}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "3-1", "0-", "-1", "0,,1"})
  void whatIsNoListIsSaid(String text) {
    assertThatThrownBy(() -> Processors.parse(text)).isInstanceOf(IOException.class);
  }

  @Test
  void thisProcessMayRunSomewhere() throws IOException {
    assertThat(Processors.allowed().isEmpty()).isFalse();
    assertThat(Processors.possible().cardinality())
        .isGreaterThanOrEqualTo(Processors.online().cardinality());
  }
}

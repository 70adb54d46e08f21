package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelVersionTest {
  @Test
  void isReadFromTheRelease() {
    assertThat(KernelVersion.of("6.18.44-cloud-amd64")).isEqualTo(new KernelVersion(6, 18));
    assertThat(KernelVersion.of("7.0-rc1")).isEqualTo(new KernelVersion(7, 0));
    assertThat(KernelVersion.of("")).isEqualTo(new KernelVersion(0, 0));
    assertThat(KernelVersion.of("99999999999.1")).isEqualTo(new KernelVersion(0, 0));
  }

  @Test
  void isComparedByNumbers() {
    assertThat(new KernelVersion(6, 18).atLeast(6, 18)).isTrue();
    assertThat(new KernelVersion(7, 0).atLeast(6, 18)).isTrue();
    assertThat(new KernelVersion(6, 9).atLeast(6, 18)).isFalse();
    assertThat(new KernelVersion(5, 99).atLeast(6, 18)).isFalse();
  }
}

package io.lockstep.platform.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.port.Platform;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class LinuxPlatformTest {
  @Test
  void isFoundAndTellsBootAndTime() throws Exception {
    Platform platform = ServiceLoader.load(Platform.class).findFirst().orElseThrow();
    assertThat(platform).isInstanceOf(LinuxPlatform.class);
    assertThat(platform.current()).isTrue();
    assertThat(platform.bootId()).hasSize(36).isEqualTo(platform.bootId());
    long before = platform.bootTimeNs();
    assertThat(platform.bootTimeNs()).isGreaterThan(before);
    assertThat(platform.interceptor()).isNotNull();
  }
}

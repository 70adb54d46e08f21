package io.lockstep.platform.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LinuxPlatformTest {
  /** And the threads of others stay where they are. */
  @Test
  void aThreadThatHurriesGoesBeforeOthers() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    int before = nice();
    AtomicInteger hurried = new AtomicInteger();
    Thread thread =
        new Thread(
            () -> {
              new LinuxPlatform().hurry();
              hurried.set(nice());
            });
    thread.start();
    thread.join();
    assertThat(hurried.get()).isEqualTo(-10);
    assertThat(nice()).isEqualTo(before);
  }

  private static int nice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

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

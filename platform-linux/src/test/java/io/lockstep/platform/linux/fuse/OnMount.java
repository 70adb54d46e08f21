package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A private directory, intercepted during each test. */
abstract class OnMount {
  @TempDir Path directory;
  MountedVolume mounted;

  /** Whether requests come through a queue for each processor, where the kernel has them. */
  boolean queues() {
    return true;
  }

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    KnownFiles known = KnownFiles.forHeap(Runtime.getRuntime().maxMemory());
    FuseInterceptor interceptor =
        new FuseInterceptor(FuseInterceptor.DEFAULT_WORKERS, known, queues());
    mounted = new MountedVolume(Files.createDirectory(directory.resolve("data")), interceptor);
  }

  @AfterEach
  void unmount() throws IOException {
    if (mounted != null) {
      mounted.close();
      assertThat(mounted.failures).isEmpty();
      assertThat(FuseConnections.at(mounted.at)).isEmpty();
    }
  }

  /** Output of a shell script run in the mount. */
  String sh(String script) throws Exception {
    return mounted.sh(script);
  }

  /** Output of a Perl program run in the mount. */
  String perl(String program) throws Exception {
    return mounted.sh("exec perl -e '" + program.replace("'", "'\\''") + "'");
  }
}

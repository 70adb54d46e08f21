package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications do, done on a real mount. */
class FuseMountTest {
  @TempDir Path directory;
  private MountedVolume mounted;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    mounted = new MountedVolume(Files.createDirectory(directory.resolve("data")));
  }

  @AfterEach
  void unmount() throws IOException {
    if (mounted != null) {
      mounted.close();
      assertThat(mounted.failures).isEmpty();
      assertThat(FuseConnections.at(mounted.at)).isEmpty();
    }
  }

  private String sh(String script) throws Exception {
    return mounted.sh(script);
  }

  @Test
  void readsBackWhatWasWritten() throws Exception {
    Path file = mounted.at.resolve("file");
    Files.writeString(file, "hello");
    assertThat(Files.readString(file)).isEqualTo("hello");
    sh("mkdir -p a/b; mv file a/b/moved; sync a/b/moved; sync a/b");
    assertThat(sh("ls a/b; cat a/b/moved")).isEqualTo("moved\nhello");
    mounted.close();
    assertThat(Files.readString(mounted.at.resolve("a/b/moved"))).isEqualTo("hello");
  }
}

package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the kernel forgets what nobody uses, and only that, when it knows too many files. */
class ForgettingTest {
  private static final int FILES = 2900;
  private static final int MOST = 1000;

  @TempDir Path directory;

  @BeforeEach
  void needsFuse() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    for (int i = 0; i < FILES; i++) {
      Path parent = directory.resolve("data/d" + i % 10);
      Files.createDirectories(parent);
      Files.writeString(parent.resolve("f" + i), "content " + i);
    }
  }

  private MountedVolume mounted(int most, boolean prunes) throws IOException {
    return new MountedVolume(
        directory.resolve("data"), new FuseInterceptor(12, new KnownFiles(most), true, prunes));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theKernelForgetsWhatNobodyUses(boolean prunes) throws Exception {
    try (MountedVolume mounted = mounted(MOST, prunes)) {
      Process user =
          new ProcessBuilder(
                  "bash",
                  "-euc",
                  "exec 5<f3; exec 6<>f13; echo ready; read; stat -c %n f23;"
                      + " readlink /proc/$$/cwd /proc/$$/fd/5; pwd -P; cat <&5; echo; echo more >&6;"
                      + " head -n1 f13")
              .directory(mounted.at.resolve("d3").toFile())
              .redirectErrorStream(true)
              .start();
      assertThat(user.inputReader().readLine()).isEqualTo("ready");
      for (int round = 0; round < 3; round++) {
        assertThat(mounted.sh("find . -type f -name 'f*' -size -9 | wc -l; cat d*/f* | wc -c"))
            .startsWith(FILES + "\n");
      }
      await().untilAsserted(() -> assertThat(mounted.volume.known()).isLessThanOrEqualTo(MOST));
      user.outputWriter().append("go\n").flush();
      String said = new String(user.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String here = mounted.at.resolve("d3").toRealPath().toString();
      assertThat(said.lines())
          .containsExactly("f23", here, here + "/f3", here, "content 3", "more");
      assertThat(mounted.sh("cat d7/f2007")).isEqualTo("content 2007");
    }
  }

  @Test
  void whatHasNoRoomIsRefusedUntilFilesAreClosed() throws Exception {
    try (MountedVolume mounted = mounted(20, true)) {
      List<FileChannel> open = new ArrayList<>();
      assertThatThrownBy(() -> openUntilRefused(mounted, open))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("Cannot allocate memory");
      assertThat(open).hasSizeGreaterThan(20);
      for (FileChannel channel : open) {
        channel.close();
      }
      await().ignoreExceptions().until(() -> mounted.sh("cat d9/f2899").equals("content 2899"));
    }
  }

  private static void openUntilRefused(MountedVolume mounted, List<FileChannel> open)
      throws Exception {
    for (int i = 0; i < FILES; i++) {
      Path file = mounted.at.resolve("d" + i % 10).resolve("f" + i);
      open.add(FileChannel.open(file, StandardOpenOption.READ));
      if (i % 20 == 19) {
        mounted.sh("sleep 0.1");
      }
    }
  }
}

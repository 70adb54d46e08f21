package io.lockstep.platform.linux.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every refusal names the directory and what to do. */
class StoreOpenerTest {
  @TempDir Path directory;

  @Test
  void aMissingDirectory() {
    refused("does not exist: create it", directory.resolve("none"));
  }

  @Test
  void aFile() throws Exception {
    refused("not a directory", Files.createFile(directory.resolve("file")));
  }

  @Test
  void aRelativePath() {
    refused("absolute", Path.of("data"));
  }

  @Test
  void oneInsideAnotherAlsoThroughALink() throws Exception {
    Path inner = Files.createDirectories(directory.resolve("a/b"));
    refused("lies inside", directory.resolve("a"), inner);
    Path link = Files.createSymbolicLink(directory.resolve("link"), inner);
    refused("lies inside", directory.resolve("a"), link);
    refused("same directory", inner, link);
  }

  @Test
  void fileSystemsThatCanNotHoldIt() {
    refused("kernel's own", Path.of("/proc/self/task"));
    refused("kernel's own", Path.of("/sys/kernel"));
  }

  private static void refused(String why, Path... directories) {
    assertThatThrownBy(() -> StoreOpener.open(List.of(directories)).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(directories[0].toString());
  }
}

package io.lockstep.platform.linux.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random calls of several users by several processes at once. {@code -Dlockstep.processes.seed=N}
 * and {@code -Dlockstep.processes.courses=N} play others, and more.
 */
class ProcessesTest {
  private static final int PROCESSES = 3;
  private static final int COURSES = Integer.getInteger("lockstep.processes.courses", 12);
  private static final long SEED = Long.getLong("lockstep.processes.seed", 20261127L);
  private static final int PATIENCE_SECONDS = 100 + COURSES * 5;

  @TempDir Path directory;
  private MountedPair pair;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "needs a 64-bit x86");
    pair = new MountedPair(directory, 8192);
  }

  @AfterEach
  void unmount() throws IOException {
    if (pair != null) {
      pair.close();
    }
  }

  /** Each in a directory of its own, so that what is right is known; the volume serves all. */
  @Test
  void eachCallOfManyDoesWhatItDoesOnExt4() throws Exception {
    List<JavaProcess> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      Path mounted = fresh(pair.mount.resolve("p" + i));
      Path plain = fresh(pair.plain.resolve("p" + i));
      processes.add(
          JavaProcess.start(OracleProcess.class, SEED * PROCESSES + i, COURSES, mounted, plain));
    }
    for (JavaProcess process : processes) {
      process.join(PATIENCE_SECONDS);
    }
    pair.assertLikePlain();
  }

  /** All with the same names and files: whatever the order was, both nodes have the same. */
  @Test
  void whatProcessesDoToTheSameFilesIsEqualOnBothNodes() throws Exception {
    Path shared = fresh(pair.mount.resolve("shared"));
    List<JavaProcess> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(JavaProcess.start(OracleProcess.class, SEED * PROCESSES + i, COURSES, shared));
    }
    for (JavaProcess process : processes) {
      process.join(PATIENCE_SECONDS);
    }
    pair.assertInSync();
    assertThat(pair.operations()).as("replicated operations").isGreaterThan(15L * COURSES);
  }

  private static Path fresh(Path path) throws IOException {
    Files.createDirectory(path);
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
  }
}

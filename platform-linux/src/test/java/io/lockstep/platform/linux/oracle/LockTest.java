package io.lockstep.platform.linux.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Locks of three processes on one file: of ranges by process, of ranges by open file, and of whole
 * files. Each call must answer on the mount what it answers on plain ext4. The same processes lock
 * on both, so even the process that holds a lock must be the same.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LockTest {
  private static final int STEPS = Integer.getInteger("lockstep.locks.steps", 1500);
  private static final int SLOTS = 2;
  private static final long PATIENCE_SECONDS = 20;

  @TempDir static Path directory;
  private MountedPair pair;
  private List<Path> trees;
  private final List<LockProcess> processes = new ArrayList<>();

  @BeforeAll
  void mount() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs root and /dev/fuse");
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "needs a 64-bit x86");
    pair = new MountedPair(directory, 256);
    trees = List.of(pair.mount, pair.plain);
    for (Path tree : trees) {
      Files.writeString(tree.resolve("file"), "locked");
    }
    for (int i = 0; i < 3; i++) {
      processes.add(new LockProcess());
    }
  }

  @AfterAll
  void unmount() throws IOException {
    processes.forEach(LockProcess::close);
    if (pair != null) {
      pair.close();
    }
  }

  @Test
  void randomLocksAnswerAsOnExt4() throws Exception {
    long seed = Long.getLong("lockstep.locks.seed", 20261127L);
    Random random = new Random(seed);
    List<String> trail = new ArrayList<>();
    for (LockProcess process : processes) {
      for (int slot = 0; slot < SLOTS; slot++) {
        openBoth(process, slot, "file");
      }
    }
    int refused = 0;
    for (int i = 0; i < STEPS; i++) {
      int who = random.nextInt(processes.size());
      int slot = random.nextInt(SLOTS);
      String command = command(random);
      trail.add(who + ": " + command);
      String here = processes.get(who).perform(command.replace("SLOT", "0" + slot));
      String there = processes.get(who).perform(command.replace("SLOT", "1" + slot));
      assertThat(here)
          .as("seed %d, step %d, after %s", seed, i, trail.subList(Math.max(0, i - 12), i + 1))
          .isEqualTo(there);
      refused += here.equals("-11") ? 1 : 0;
      if (command.startsWith("close")) {
        openBoth(processes.get(who), slot, "file");
      }
    }
    for (LockProcess process : processes) {
      for (String slot : List.of("00", "10", "01", "11")) {
        process.perform("close " + slot);
      }
    }
    assertThat(refused).as("locks that were refused").isGreaterThan(STEPS / 10);
  }

  private void openBoth(LockProcess process, int slot, String name) throws Exception {
    for (int tree = 0; tree < trees.size(); tree++) {
      String path = trees.get(tree).resolve(name).toString();
      assertThat(process.perform("open %d%d %s".formatted(tree, slot, path))).isEqualTo("0");
    }
  }

  /** Nothing that waits: one answer after another is compared. */
  private static String command(Random random) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      return "close SLOT";
    }
    if (kind < 5) {
      int operation = new int[] {1, 2, 8}[random.nextInt(3)];
      return "flock SLOT " + (operation | 4);
    }
    boolean ofOpenFile = kind < 12;
    int command =
        (random.nextInt(3) == 0 ? LockActor.GET : LockActor.TRY)
            + (ofOpenFile ? LockActor.OPEN_FILE : 0);
    int type = random.nextInt(3);
    if (type == LockActor.UNLOCK && command % LockActor.OPEN_FILE == LockActor.GET) {
      type = LockActor.WRITE;
    }
    int length = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(30);
    return "lock SLOT %d %d %d %d".formatted(command, type, random.nextInt(60), length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lock 0 7 1 0 0", "lock 0 38 1 0 0", "flock 0 2"})
  void whoWaitsGetsTheLockWhenItsHolderUnlocksClosesOrIsKilled(String exclusive) throws Exception {
    String unlock = exclusive.startsWith("flock") ? "flock 0 8" : exclusive.replace(" 1 ", " 2 ");
    LockProcess third = processes.get(2);
    try (LockProcess holder = new LockProcess()) {
      List<Future<String>> waiting = new ArrayList<>();
      for (int tree = 0; tree < 2; tree++) {
        open(holder, tree, trees.get(tree));
        assertThat(holder.perform(onSlot(tree, exclusive))).isEqualTo("0");
        open(processes.get(tree), 0, trees.get(tree));
        waiting.add(waits(processes.get(tree), exclusive));
      }
      holder.kill();
      for (Future<String> each : waiting) {
        assertThat(answer(each)).isEqualTo("0");
      }
    }
    for (int tree = 0; tree < 2; tree++) {
      LockProcess holder = processes.get(tree);
      open(third, 0, trees.get(tree));
      Future<String> next = waits(third, exclusive);
      assertThat(holder.perform("close 0")).isEqualTo("0");
      assertThat(answer(next)).isEqualTo("0");

      open(holder, 0, trees.get(tree));
      next = waits(holder, exclusive);
      assertThat(third.perform(unlock)).isEqualTo("0");
      assertThat(answer(next)).isEqualTo("0");
      assertThat(holder.perform("close 0") + third.perform("close 0")).isEqualTo("00");
    }
  }

  private static String onSlot(int slot, String command) {
    return command.replaceFirst(" 0 ", " " + slot + " ");
  }

  private static String answer(Future<String> later) throws Exception {
    return later.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void open(LockProcess process, int slot, Path tree) throws Exception {
    assertThat(process.perform("open %d %s".formatted(slot, tree.resolve("file")))).isEqualTo("0");
  }

  /** Gives a command that must wait, and returns when it does. */
  private static Future<String> waits(LockProcess process, String command) throws Exception {
    int call = command.startsWith("flock") ? Calls.FLOCK : Calls.FCNTL;
    Future<String> answer = process.begin(command);
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .until(() -> process.isWaiting(call) || answer.isDone());
    assertThat(answer).isNotDone();
    return answer;
  }

  @Test
  void aCircleOfThreeWaitingProcessesIsRefused() throws Exception {
    for (Path tree : trees) {
      for (int i = 0; i < 3; i++) {
        open(processes.get(i), 0, tree);
        assertThat(processes.get(i).perform("lock 0 6 1 %d 1".formatted(i))).isEqualTo("0");
      }
      Future<String> first = waits(processes.get(0), "lock 0 7 1 1 1");
      Future<String> second = waits(processes.get(1), "lock 0 7 1 2 1");
      assertThat(processes.get(2).perform("lock 0 7 1 0 1"))
          .as("EDEADLK, %s", tree)
          .isEqualTo("-35");
      for (int i = 2; i >= 0; i--) {
        if (i < 2) {
          Future<String> got = i == 1 ? second : first;
          assertThat(answer(got)).isEqualTo("0");
        }
        assertThat(processes.get(i).perform("close 0")).isEqualTo("0");
      }
    }
  }
}

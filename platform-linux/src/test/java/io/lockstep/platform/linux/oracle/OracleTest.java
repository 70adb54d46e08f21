package io.lockstep.platform.linux.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.opentest4j.TestAbortedException;

/**
 * Random calls by several users, made on the mount of a pair and on plain ext4: each must return
 * the same, with the same error number, and leave the same to be seen; at the end the two trees and
 * the secondary's are the same. {@code -Dlockstep.oracle.courses=N} makes N times as much of it.
 */
class OracleTest {
  private static final int STEPS = 120;

  private static final int COURSES = Integer.getInteger("lockstep.oracle.courses", 1);
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static Path directory;

  /** With a queue for each processor, and through the device. */
  private static final List<MountedPair> PAIRS = new ArrayList<>();

  @BeforeContainer
  static void mount() throws IOException {
    if (!Files.isWritable(Path.of("/dev/fuse")) || !"amd64".equals(System.getProperty("os.arch"))) {
      throw new TestAbortedException("needs root, /dev/fuse and a 64-bit x86");
    }
    directory = Files.createTempDirectory("oracle");
    for (boolean queues : new boolean[] {true, false}) {
      Path place = Files.createDirectory(directory.resolve(queues ? "queues" : "device"));
      PAIRS.add(new MountedPair(place, 2048, queues));
    }
  }

  @AfterContainer
  static void unmount() throws IOException {
    for (MountedPair pair : PAIRS) {
      pair.close();
    }
    PAIRS.clear();
    if (directory != null) {
      Files.deleteIfExists(directory.resolve("queues"));
      Files.deleteIfExists(directory.resolve("device"));
      Files.delete(directory);
    }
  }

  @Provide
  Arbitrary<List<Step>> sequences() {
    Arbitrary<Step.Kind> kinds =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, Arbitraries.of(Step.Kind.values())),
            net.jqwik.api.Tuple.of(
                1, Arbitraries.of(Step.Kind.OPEN, Step.Kind.PWRITE, Step.Kind.MKDIR)));
    Arbitrary<Integer> paths = Arbitraries.integers().between(0, 60);
    Arbitrary<Integer> arguments = Arbitraries.integers().between(0, 59);
    return Combinators.combine(
            kinds,
            Arbitraries.integers().between(0, 7),
            Arbitraries.integers().between(0, 3),
            paths,
            paths,
            arguments,
            arguments)
        .as((k, u, s, p, o, x, y) -> new Step(k, Math.max(0, u - 4), s, p, o, x, y))
        .list()
        .ofSize(STEPS);
  }

  @Property(tries = 60, seed = "20261126", shrinking = ShrinkingMode.BOUNDED)
  void eachCallReturnsAndLeavesWhatExt4Does(@ForAll("sequences") List<Step> steps)
      throws Exception {
    for (int course = 0; course < COURSES; course++) {
      int turn = course;
      MountedPair pair = PAIRS.get(NUMBER.get() % PAIRS.size());
      play(pair, steps.stream().map(step -> step.turned(turn)).toList());
    }
  }

  private static void play(MountedPair pair, List<Step> steps) throws Exception {
    String name = "t" + NUMBER.getAndIncrement();
    Path mounted = fresh(pair.mount.resolve(name));
    Path plain = fresh(pair.plain.resolve(name));
    Calls calls = new Calls();
    try (Side one = new Side(mounted, calls);
        Side other = new Side(plain, calls)) {
      for (int i = 0; i < steps.size(); i++) {
        String here = one.perform(steps.get(i));
        String there = other.perform(steps.get(i));
        if (!here.equals(there)) {
          throw new AssertionError(
              "step "
                  + i
                  + " "
                  + steps.get(i)
                  + "\n  mount: "
                  + here
                  + "\n  ext4:  "
                  + there
                  + "\n  after "
                  + steps.subList(Math.max(0, i - 12), i));
        }
      }
    }
    pair.assertLikePlain();
    pair.empty();
  }

  private static Path fresh(Path path) throws IOException {
    Files.createDirectory(path);
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
  }
}

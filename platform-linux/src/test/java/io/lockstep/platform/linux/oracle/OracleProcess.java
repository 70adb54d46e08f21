package io.lockstep.platform.linux.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * Random calls of several users in a process of its own, one seed one sequence. They are played in
 * courses, each in a new directory, which a long sequence would clutter.
 *
 * <pre>
 * OracleProcess SEED COURSES MOUNT PLAIN    each call must do on both what it does on PLAIN
 * OracleProcess SEED COURSES MOUNT          others play there too: nobody knows what is right
 * </pre>
 */
final class OracleProcess {
  private static final int STEPS = 120;
  private static final int TRAIL = 12;

  private final Calls calls = new Calls();
  private final Random random;
  private final Deque<Step> trail = new ArrayDeque<>();

  private OracleProcess(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] words) throws IOException {
    OracleProcess process = new OracleProcess(Long.parseLong(words[0]));
    for (int course = 0; course < Integer.parseInt(words[1]); course++) {
      try {
        process.play("c" + course, Path.of(words[2]), words.length > 3 ? Path.of(words[3]) : null);
      } catch (AssertionError e) {
        throw new AssertionError("seed %s, course %d: ".formatted(words[0], course) + e, e);
      }
    }
  }

  private void play(String course, Path mount, Path plain) throws IOException {
    trail.clear();
    try (Side one = new Side(open(mount.resolve(course)), calls);
        Side other = plain == null ? null : new Side(open(plain.resolve(course)), calls)) {
      for (int i = 0; i < STEPS; i++) {
        Step step = step(random);
        trail.add(step);
        if (trail.size() > TRAIL) {
          trail.remove();
        }
        String here = one.perform(step);
        String there = other == null ? here : other.perform(step);
        if (!here.equals(there)) {
          throw new AssertionError(
              "step %d\n  mount: %s\n  ext4:  %s\n  after %s".formatted(i, here, there, trail));
        }
      }
    }
  }

  /** A directory in which everybody may do everything; another process may have made it. */
  private static Path open(Path directory) throws IOException {
    Files.createDirectories(directory);
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static Step step(Random random) {
    Step.Kind[] kinds = Step.Kind.values();
    Step.Kind[] often = {Step.Kind.OPEN, Step.Kind.PWRITE, Step.Kind.MKDIR};
    return new Step(
        random.nextInt(4) == 0
            ? often[random.nextInt(often.length)]
            : kinds[random.nextInt(kinds.length)],
        Math.max(0, random.nextInt(8) - 4),
        random.nextInt(4),
        random.nextInt(61),
        random.nextInt(61),
        random.nextInt(60),
        random.nextInt(60));
  }
}

package io.lockstep.demo.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads and removes mounts of this process's mount namespace. */
public final class Mounts {
  private static final int MOUNT_POINT = 4;

  private Mounts() {}

  /** The mount points at {@code path} and below it, outermost first; one may occur repeatedly. */
  public static List<String> below(Path path) {
    String base = path.toString();
    List<String> found = new ArrayList<>();
    for (String line : mountInfo()) {
      String point = decode(line.split(" ")[MOUNT_POINT]);
      if (point.equals(base) || point.startsWith(base + "/")) {
        found.add(point);
      }
    }
    return found;
  }

  /** How many mounts lie on exactly {@code path}. */
  public static int count(Path path) {
    return (int) below(path).stream().filter(path.toString()::equals).count();
  }

  /** Detaches (lazily) everything that is mounted at {@code path} or below it, innermost first. */
  public static void detachBelow(Path path) {
    for (int round = 0; round < 16; round++) {
      List<String> points = new ArrayList<>(below(path));
      if (points.isEmpty()) {
        return;
      }
      Collections.reverse(points);
      points.forEach(point -> Shell.attempt("umount", "-l", "--", point));
    }
  }

  /** Detaches mounts at exactly {@code path} until only {@code remaining} of them are left. */
  public static void detach(Path path, int remaining) {
    for (int count = count(path); count > remaining; count--) {
      Shell.attempt("umount", "-l", "--", path.toString());
    }
  }

  private static List<String> mountInfo() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the table of mounts", e);
    }
  }

  /** Undoes the kernel's octal escapes for space, tab, newline and backslash. */
  static String decode(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }

  /** Writes a path as the kernel does in the table of mounts. */
  static String encode(String path) {
    return path.replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012");
  }
}

package io.lockstep.platform.linux.mount;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The mounts that this process sees, from /proc/self/mountinfo at one moment. */
public record MountTable(List<Mount> mounts) {
  /**
   * One mount.
   *
   * @param id the kernel's number of it
   * @param parent number of the mount that it lies on
   * @param device {@code major:minor} of the file system
   * @param root what of the file system is shown, a path inside it
   * @param at where it is shown
   * @param readOnly whether this mount, whatever the file system, is read-only
   * @param type the file system's type
   * @param source what was mounted
   */
  public record Mount(
      int id,
      int parent,
      String device,
      String root,
      String at,
      boolean readOnly,
      String type,
      String source) {}

  /** Reads the table of this process. */
  public static MountTable read() throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
    // one char a byte, so that names of any bytes survive until they are compared
    return parse(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Parses the text of a mountinfo file, one char a byte. */
  public static MountTable parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : text.split("\n")) {
      if (!line.isEmpty()) {
        mounts.add(line(line));
      }
    }
    return new MountTable(List.copyOf(mounts));
  }

  private static Mount line(String line) {
    String[] f = line.split(" ");
    int dash = 6;
    while (!f[dash].equals("-")) {
      dash++;
    }
    return new Mount(
        Integer.parseInt(f[0]),
        Integer.parseInt(f[1]),
        f[2],
        unescape(f[3]),
        unescape(f[4]),
        Arrays.asList(f[5].split(",")).contains("ro"),
        f[dash + 1],
        dash + 2 < f.length ? unescape(f[dash + 2]) : "");
  }

  /** Undoes the kernel's octal escapes (blank, tab, newline, backslash, hash); UTF-8 inside. */
  static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length()) {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The mount with that number. */
  public Optional<Mount> byId(int id) {
    return mounts.stream().filter(m -> m.id() == id).findFirst();
  }

  /** Mounts strictly below {@code directory}. */
  public List<Mount> below(Path directory) {
    String prefix = directory + "/";
    return mounts.stream().filter(m -> m.at().startsWith(prefix)).toList();
  }

  /** The first mount of a file system of type {@code type}. */
  public Optional<Mount> ofType(String type) {
    return mounts.stream().filter(m -> m.type().equals(type)).findFirst();
  }
}

package io.lockstep.demo.judge;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The few system calls that the judge needs beyond the JDK: names of any bytes and all extended
 * attributes. Paths are byte sequences held in ISO 8859-1 strings, one character a byte.
 */
final class Posix {
  private static final int ENODATA = 61;
  private static final int EOPNOTSUPP = 95;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int O_CLOEXEC = 0x80000;

  static {
    Native.register("c");
  }

  private Posix() {}

  private static native int open(byte[] path, int flags) throws LastErrorException;

  private static native int close(int descriptor) throws LastErrorException;

  private static native long llistxattr(byte[] path, byte[] list, long size)
      throws LastErrorException;

  private static native long lgetxattr(byte[] path, byte[] name, byte[] value, long size)
      throws LastErrorException;

  private static byte[] c(String path) {
    byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** Opens a regular file for reading; a symbolic link is not followed. */
  static FileChannel openForReading(String path) throws IOException {
    int descriptor;
    try {
      descriptor = open(c(path), O_NOFOLLOW | O_CLOEXEC);
    } catch (LastErrorException e) {
      throw new IOException("cannot open %s: errno %d".formatted(path, e.getErrorCode()), e);
    }
    try {
      return FileChannel.open(Path.of("/proc/self/fd/" + descriptor));
    } finally {
      close(descriptor);
    }
  }

  /** All extended attributes of a file or link itself, values as hexadecimal digits. */
  static SortedMap<String, String> attributes(String path) throws IOException {
    SortedMap<String, String> found = new TreeMap<>();
    byte[] file = c(path);
    try {
      byte[] names = new byte[65_536];
      int length = (int) llistxattr(file, names, names.length);
      if (length == 0) {
        return found;
      }
      String joined = new String(names, 0, length, StandardCharsets.ISO_8859_1);
      for (String name : joined.split("\0")) {
        byte[] value = new byte[65_536];
        int size = (int) lgetxattr(file, c(name), value, value.length);
        found.put(name, java.util.HexFormat.of().formatHex(value, 0, size));
      }
      return found;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EOPNOTSUPP || e.getErrorCode() == ENODATA) {
        return found;
      }
      throw new IOException(
          "cannot read the attributes of %s: errno %d".formatted(path, e.getErrorCode()), e);
    }
  }
}

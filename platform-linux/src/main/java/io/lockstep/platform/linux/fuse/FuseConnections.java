package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The kernel's list of FUSE connections and of mounts. */
final class FuseConnections {
  private static final Path CONTROL = Path.of("/sys/fs/fuse/connections");
  private static final int DEVICE = 2;
  private static final int MOUNT_POINT = 4;

  private FuseConnections() {}

  /**
   * Number of the connection behind the uppermost mount at {@code at} in this process' view; empty
   * if nothing is mounted there or it is no FUSE mount of Lockstep's. Does not touch the mount.
   */
  static Optional<String> at(Path at) throws IOException {
    String point = escaped(at);
    Optional<String> uppermost = Optional.empty();
    byte[] table = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
    for (String line : new String(table, StandardCharsets.ISO_8859_1).split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length > MOUNT_POINT && fields[MOUNT_POINT].equals(point)) {
        boolean ours = line.contains(" - " + FuseInterceptor.TYPE + " ");
        String device = fields[DEVICE];
        uppermost =
            ours ? Optional.of(device.substring(device.indexOf(':') + 1)) : Optional.empty();
      }
    }
    return uppermost;
  }

  private static String escaped(Path path) {
    byte[] bytes = FuseSystem.c(path);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length - 1; i++) {
      char c = (char) (bytes[i] & 0xff);
      switch (c) {
        case ' ' -> text.append("\\040");
        case '\t' -> text.append("\\011");
        case '\n' -> text.append("\\012");
        case '\\' -> text.append("\\134");
        case '#' -> text.append("\\043");
        default -> text.append(c);
      }
    }
    return text.toString();
  }

  /**
   * Ends the connection {@code number}: every request under way fails, applications that hang are
   * freed.
   */
  static void abort(String number) throws IOException {
    Path abort = CONTROL.resolve(number).resolve("abort");
    if (!Files.exists(abort)) {
      mountControl();
    }
    Files.write(abort, new byte[] {'1', '\n'});
  }

  private static void mountControl() throws IOException {
    int result =
        FuseSystem.mount(
            FuseSystem.c("fusectl"), FuseSystem.c(CONTROL), FuseSystem.c("fusectl"), 0, null);
    int errno = FuseSystem.errno(result);
    if (errno != 0 && errno != Errno.EBUSY) {
      throw new IOException(
          "cannot mount fusectl on "
              + CONTROL
              + " (errno "
              + errno
              + "): mount it, or run as root");
    }
  }
}

package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.mount.MountTable;
import io.lockstep.platform.linux.syscall.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The kernel's list of FUSE connections and of mounts. */
final class FuseConnections {
  private static final Path CONTROL = Path.of("/").resolve("sys/fs/fuse/connections");

  private FuseConnections() {}

  /**
   * Number of the connection behind the uppermost mount at {@code at} in this process' view; empty
   * if nothing is mounted there or it is no FUSE mount of Lockstep's. Does not touch the mount.
   */
  static Optional<String> at(Path at) throws IOException {
    Optional<MountTable.Mount> uppermost = Optional.empty();
    for (MountTable.Mount mount : MountTable.read().mounts()) {
      if (mount.at().equals(at.toString())) {
        uppermost = Optional.of(mount);
      }
    }
    return uppermost
        .filter(mount -> mount.type().equals(FuseInterceptor.TYPE))
        .map(mount -> mount.device().substring(mount.device().indexOf(':') + 1));
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

package io.lockstep.platform.linux.syscall;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the process's umask out of the way of one thread for the time of one call.
 *
 * <p>A new file in a replicated directory must have exactly the permissions asked for, and chmod
 * afterwards would undo what a default ACL took away. A umask of 0 for the whole process would
 * leave the journal and the logs open to everyone. So each thread that creates files first gets a
 * umask of its own (unshare of CLONE_FS) and lowers it only around the call.
 */
public final class Umask {
  private static final int CLONE_FS = 0x200;
  private static final int OF_PROCESS = read();
  private static final ThreadLocal<Boolean> OWN =
      ThreadLocal.withInitial(() -> Libc.unshare(CLONE_FS) == 0);

  private Umask() {}

  /** From here to {@link #restore} the calling thread creates with the exact permissions. */
  public static void clear() {
    if (!OWN.get()) {
      throw new IllegalStateException(
          "the kernel refuses unshare(CLONE_FS): allow it in the seccomp profile of this service");
    }
    Libc.umask(0);
  }

  /** Ends {@link #clear}. Leaves {@link Libc#errno} of an earlier call undefined. */
  public static void restore() {
    Libc.umask(OF_PROCESS);
  }

  private static int read() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Umask:")) {
          return Integer.parseInt(line.substring(6).trim(), 8);
        }
      }
      return 022;
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not readable: mount it", e);
    }
  }
}

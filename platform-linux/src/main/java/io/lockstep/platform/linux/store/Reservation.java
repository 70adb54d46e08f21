package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.port.SpaceReserver;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Room by fallocate(2): extents that are there and read as zeros. Writing zeros would put them
 * through the page cache first, which costs as much again as what is written there later.
 */
public final class Reservation implements SpaceReserver {
  @Override
  public boolean reserve(Path file, long from, long bytes) throws IOException {
    int flags = Libc.O_WRONLY | Libc.O_CLOEXEC;
    int fd = Libc.openat(Libc.AT_FDCWD, Scratch.get().path(0, file.toString()), flags, 0);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw Errno.exception(errno, "open " + file);
    }
    try {
      errno = allocate(fd, from, bytes);
    } finally {
      Libc.close(fd);
    }
    if (errno == Errno.EOPNOTSUPP || errno == Errno.ENOSYS) {
      return false;
    }
    if (errno != 0) {
      throw Errno.exception(errno, "reserve " + bytes + " bytes at " + from + " of " + file);
    }
    return true;
  }

  private static int allocate(int fd, long from, long bytes) {
    int errno;
    do {
      errno = Libc.errno(Libc.fallocate(fd, 0, from, bytes));
    } while (errno == Errno.EINTR);
    return errno;
  }
}

package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.port.FileStore.Region;
import io.lockstep.replicator.port.StoreException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** What is done to the content of an open descriptor. */
final class FileContent {
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 0x10;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private FileContent() {}

  static int read(int fd, ByteBuffer into, long offset) throws StoreException {
    long address = NativeMemory.address(into) + into.position();
    try {
      while (true) {
        long read = Libc.pread(fd, address, into.remaining(), offset);
        int errno = Libc.errno(read);
        if (errno == 0) {
          return (int) read;
        }
        if (errno != Errno.EINTR) {
          throw Errno.exception(errno, "read at " + offset);
        }
      }
    } finally {
      Reference.reachabilityFence(into);
    }
  }

  static void write(int fd, ByteBuffer data, long offset) throws StoreException {
    long address = NativeMemory.address(data) + data.position();
    long left = data.remaining();
    try {
      while (left > 0) {
        long written = Libc.pwrite(fd, address, left, offset);
        int errno = Libc.errno(written);
        if (errno != 0 && errno != Errno.EINTR) {
          throw Errno.exception(errno, "write " + left + " bytes at " + offset);
        }
        if (errno == 0) {
          left -= written;
          address += written;
          offset += written;
        }
      }
    } finally {
      Reference.reachabilityFence(data);
    }
  }

  static void allocate(int fd, Allocation how, long offset, long length) throws StoreException {
    int mode =
        switch (how) {
          case RESERVE -> 0;
          case RESERVE_KEEP_SIZE -> KEEP_SIZE;
          case PUNCH_HOLE -> PUNCH_HOLE | KEEP_SIZE;
          case ZERO -> ZERO_RANGE;
          case ZERO_KEEP_SIZE -> ZERO_RANGE | KEEP_SIZE;
        };
    int errno;
    do {
      errno = Libc.errno(Libc.fallocate(fd, mode, offset, length));
    } while (errno == Errno.EINTR);
    if (errno != 0) {
      throw Errno.exception(errno, "allocate (" + how + ") " + length + " bytes at " + offset);
    }
  }

  static long seek(int fd, Region region, long offset) throws StoreException {
    int whence =
        switch (region) {
          case DATA -> SEEK_DATA;
          case HOLE -> SEEK_HOLE;
        };
    long found = Libc.lseek(fd, offset, whence);
    int errno = Libc.errno(found);
    if (errno != 0) {
      throw Errno.exception(errno, "seek " + region + " from " + offset);
    }
    return found;
  }
}

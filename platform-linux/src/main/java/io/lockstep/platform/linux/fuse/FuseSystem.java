package io.lockstep.platform.linux.fuse;

import com.sun.jna.Native;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The system calls that a FUSE session needs, mapped directly: addresses are {@code long}s, names
 * are those of the manual pages, results are C's. {@link #errno} must be asked before the same
 * thread's next call.
 */
final class FuseSystem {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CLOEXEC = 0x80000;
  static final int MNT_FORCE = 1;
  static final int MNT_DETACH = 2;
  static final int UMOUNT_NOFOLLOW = 8;

  /** {@code _IOR(229, 0, uint32_t)}: makes one more channel of a connection. */
  static final long FUSE_DEV_IOC_CLONE = 0x8004e500L;

  private static final int PR_SET_IO_FLUSHER = 57;
  private static final int PAGE_BYTES = 4096;
  private static final int STATVFS_BYTES = 256;
  private static final int STATVFS_FLAGS_AT = 72;

  static {
    Native.register(FuseSystem.class, "c");
  }

  private FuseSystem() {}

  static native int open(byte[] path, int flags);

  static native int close(int fd);

  static native long read(int fd, long into, long count);

  static native long write(int fd, long from, long count);

  static native int ioctl(int fd, long request, long argument);

  static native int mount(byte[] source, byte[] target, byte[] type, long flags, byte[] data);

  static native int umount2(byte[] target, int flags);

  static native int syncfs(int fd);

  static native int statvfs(byte[] path, long into);

  static native int getpagesize();

  static native int sched_setaffinity(int thread, long bytes, long set);

  static native int prctl(int option, long a, long b, long c, long d);

  /** From now on this thread runs on that processor, where it may. */
  static void stayOn(int processor) {
    ByteBuffer set = NativeMemory.allocate(processor / 64 * 8 + 8);
    set.putLong(processor / 64 * 8, 1L << processor % 64);
    sched_setaffinity(0, set.capacity(), NativeMemory.address(set));
  }

  /** Why {@code result} is negative; 0 if it is not. */
  static int errno(long result) {
    return result < 0 ? Native.getLastError() : 0;
  }

  /** A zeroed buffer in the machine's byte order that begins at a page. */
  static ByteBuffer pages(int bytes) {
    int wholePages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    return ByteBuffer.allocateDirect(wholePages + PAGE_BYTES)
        .alignedSlice(PAGE_BYTES)
        .slice(0, bytes)
        .order(ByteOrder.nativeOrder());
  }

  /** {@code text} as C wants it. */
  static byte[] c(String text) {
    byte[] bytes = text.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** {@code path} as C wants it. */
  static byte[] c(Path path) {
    return c(path.toString());
  }

  /**
   * The restrictions (nosuid, nodev, noexec, noatime, read-only) of the mount that {@code path}
   * lies on, as mount(2) takes them; none if they cannot be read.
   */
  static long mountRestrictions(Path path) {
    ByteBuffer answer = pages(STATVFS_BYTES);
    if (statvfs(c(path), NativeMemory.address(answer)) != 0) {
      return 0;
    }
    return answer.getLong(STATVFS_FLAGS_AT) & (1 | 2 | 4 | 8 | 1024 | 2048);
  }

  /**
   * Tells the kernel that this thread writes other processes' data back, so that its own memory
   * never waits for that. Does nothing where the kernel or the privileges do not allow it.
   */
  static void becomeFlusher() {
    prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
  }
}

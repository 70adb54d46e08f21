package io.lockstep.platform.linux.oracle;

import com.sun.jna.Native;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * System calls of 64-bit x86 as some user, made by the calling thread alone: the C library would
 * change the user of every thread. Results are the kernel's: an error is its negative number.
 */
final class Calls {
  static final int READ = 0;
  static final int CLOSE = 3;
  static final int LSEEK = 8;
  static final int MMAP = 9;
  static final int MUNMAP = 11;
  static final int PIPE = 22;
  static final int PREAD = 17;
  static final int PWRITE = 18;
  static final int WRITE = 1;
  static final int MSYNC = 26;
  static final int FCNTL = 72;
  static final int FLOCK = 73;
  static final int FSYNC = 74;
  static final int FDATASYNC = 75;
  static final int TRUNCATE = 76;
  static final int FTRUNCATE = 77;
  static final int FCHMOD = 91;
  static final int FCHOWN = 93;
  static final int UMASK = 95;
  static final int SETXATTR = 188;
  static final int LSETXATTR = 189;
  static final int FSETXATTR = 190;
  static final int LGETXATTR = 192;
  static final int FGETXATTR = 193;
  static final int LLISTXATTR = 195;
  static final int FLISTXATTR = 196;
  static final int LREMOVEXATTR = 198;
  static final int GETDENTS64 = 217;
  static final int FADVISE = 221;
  static final int OPENAT = 257;
  static final int MKDIRAT = 258;
  static final int MKNODAT = 259;
  static final int FCHOWNAT = 260;
  static final int UNLINKAT = 263;
  static final int LINKAT = 265;
  static final int SYMLINKAT = 266;
  static final int READLINKAT = 267;
  static final int FCHMODAT = 268;
  static final int SPLICE = 275;
  static final int UTIMENSAT = 280;
  static final int FALLOCATE = 285;
  static final int RENAMEAT2 = 316;
  static final int COPY_FILE_RANGE = 326;
  static final int STATX = 332;
  static final int FACCESSAT2 = 439;

  private static final int SETGROUPS = 116;
  private static final int SETRESUID = 117;
  private static final int SETRESGID = 119;
  private static final int CLONE_FS = 0x200;

  /** Somebody who makes calls: user and group, and one more group, or -1. */
  record User(int id, int group, int otherGroup) {
    static final User ROOT = new User(0, 0, -1);
  }

  private final ByteBuffer groups = NativeMemory.allocate(8);

  Calls() {
    Libc.unshare(CLONE_FS);
    Libc.umask(0);
  }

  /** As root. */
  static long call(int number, long... arguments) {
    long[] a = Arrays.copyOf(arguments, 6);
    long result = Libc.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** As {@code user} with {@code umask}. */
  long as(User user, int umask, int number, long... arguments) {
    if (user.id() == 0) {
      Libc.umask(umask);
      return call(number, arguments);
    }
    groups.putInt(0, user.otherGroup());
    int count = user.otherGroup() < 0 ? 0 : 1;
    must(call(SETGROUPS, count, NativeMemory.address(groups)));
    must(call(SETRESGID, -1, user.group(), -1));
    must(call(SETRESUID, -1, user.id(), -1));
    Libc.umask(umask);
    long result = call(number, arguments);
    must(call(SETRESUID, -1, 0, -1));
    must(call(SETRESGID, -1, 0, -1));
    must(call(SETGROUPS, 0, 0));
    return result;
  }

  private static void must(long result) {
    if (result < 0) {
      throw new IllegalStateException("cannot change the user: errno " + -result);
    }
  }
}

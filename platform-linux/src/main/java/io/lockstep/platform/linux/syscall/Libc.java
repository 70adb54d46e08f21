package io.lockstep.platform.linux.syscall;

import com.sun.jna.Native;

/**
 * The C library, mapped directly: pointers are {@code long}s, names are those of the manual pages.
 *
 * <p>A call costs about 100 ns beside the kernel's work. Each returns what C returns; {@link
 * #errno} must be asked before the next call of the same thread. Memory that an address points to
 * must stay reachable during the call.
 */
public final class Libc {
  /** Relative to the working directory. */
  public static final int AT_FDCWD = -100;

  /** Do not follow a link in the last name. */
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;

  /** Remove a directory. */
  public static final int AT_REMOVEDIR = 0x200;

  /** Follow a link in the last name. */
  public static final int AT_SYMLINK_FOLLOW = 0x400;

  /** The descriptor itself is meant. */
  public static final int AT_EMPTY_PATH = 0x1000;

  /** Open for reading. */
  public static final int O_RDONLY = 0;

  /** Open for writing. */
  public static final int O_WRONLY = 1;

  /** Open for reading and writing. */
  public static final int O_RDWR = 2;

  /** Make the file. */
  public static final int O_CREAT = 0x40;

  /** It must be new. */
  public static final int O_EXCL = 0x80;

  /** Never a controlling terminal. */
  public static final int O_NOCTTY = 0x100;

  /** Do not wait for the other end of a pipe. */
  public static final int O_NONBLOCK = 0x800;

  /** Reading does not change the time of access. */
  public static final int O_NOATIME = 0x40000;

  /** Closed when a program is executed. */
  public static final int O_CLOEXEC = 0x80000;

  /** Only a place, neither read nor written. */
  public static final int O_PATH = 0x200000;

  /** Must be a directory; x86 and ARM number it differently. */
  public static final int O_DIRECTORY = Architecture.ARM64 ? 0x4000 : 0x10000;

  /** The last name must not be a link. */
  public static final int O_NOFOLLOW = Architecture.ARM64 ? 0x8000 : 0x20000;

  /** A file without a name. */
  public static final int O_TMPFILE = 0x400000 | O_DIRECTORY;

  static {
    Native.register(Libc.class, "c");
  }

  private Libc() {}

  /** Why {@code result} is negative; 0 if it is not. */
  public static int errno(long result) {
    return result < 0 ? Native.getLastError() : 0;
  }

  public static native int setpriority(int which, int who, int nice);

  public static native int openat(int directory, long path, int flags, int mode);

  public static native int close(int fd);

  public static native int dup(int fd);

  public static native long pread(int fd, long into, long count, long offset);

  public static native long pwrite(int fd, long from, long count, long offset);

  public static native long read(int fd, long into, long count);

  public static native long write(int fd, long from, long count);

  public static native int ftruncate(int fd, long size);

  public static native int fallocate(int fd, int mode, long offset, long length);

  public static native long lseek(int fd, long offset, int whence);

  public static native int fsync(int fd);

  public static native int fdatasync(int fd);

  public static native int syncfs(int fd);

  public static native int statx(int directory, long path, int flags, int mask, long into);

  public static native int fstatfs(int fd, long into);

  public static native int mkdirat(int directory, long path, int mode);

  public static native int geteuid();

  public static native int symlinkat(long target, int directory, long path);

  public static native long readlinkat(int directory, long path, long into, long size);

  public static native int linkat(
      int fromDirectory, long from, int toDirectory, long to, int flags);

  public static native int unlinkat(int directory, long path, int flags);

  public static native int renameat(int fromDirectory, long from, int toDirectory, long to);

  public static native int fchownat(int directory, long path, int owner, int group, int flags);

  public static native int fchown(int fd, int owner, int group);

  public static native int fchmod(int fd, int mode);

  public static native int chmod(long path, int mode);

  public static native int utimensat(int directory, long path, long times, int flags);

  public static native int futimens(int fd, long times);

  public static native int umask(int mask);

  public static native int unshare(int flags);

  public static native int setns(int fd, int type);

  public static native long lgetxattr(long path, long name, long into, long size);

  public static native int lsetxattr(long path, long name, long value, long size, int flags);

  public static native int fsetxattr(int fd, long name, long value, long size, int flags);

  public static native int lremovexattr(long path, long name);

  public static native long llistxattr(long path, long into, long size);

  public static native long getxattr(long path, long name, long into, long size);

  public static native int setxattr(long path, long name, long value, long size, int flags);

  public static native int removexattr(long path, long name);

  public static native long listxattr(long path, long into, long size);

  public static native int mount(long source, long target, long type, long flags, long data);

  public static native int umount2(long target, int flags);

  public static native int kill(int process, int signal);

  public static native int clock_gettime(int clock, long into);

  public static native int ioctl(int fd, long request, long argument);

  public static native int socket(int domain, int type, int protocol);

  public static native int bind(int fd, long address, int length);

  public static native long sendto(
      int fd, long from, long length, int flags, long address, int addressLength);

  public static native long recv(int fd, long into, long length, int flags);

  public static native int setsockopt(int fd, int level, int option, long value, int length);

  public static native int poll(long descriptors, long count, int timeoutMs);

  public static native long syscall(long number, long a, long b, long c, long d, long e, long f);
}

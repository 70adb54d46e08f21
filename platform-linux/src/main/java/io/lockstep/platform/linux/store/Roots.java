package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;

/**
 * The descriptors of the replicated directories, and the way from them to a path: beneath them,
 * through no symbolic link and no mount.
 *
 * <p>A path is reached through its parent's descriptor and its last name, which the *at calls take
 * without following a link; {@link #enter} gives both and {@link #leave} ends it. The root itself
 * is reached as {@code "."}, which never crosses into a mount that covers it.
 */
final class Roots {
  private static final int RESOLVE_NO_XDEV = 0x01;
  private static final int RESOLVE_NO_MAGICLINKS = 0x02;
  private static final int RESOLVE_NO_SYMLINKS = 0x04;
  private static final int RESOLVE_BENEATH = 0x08;
  private static final long RESOLVE =
      RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  private static final int HOW_BYTES = 24;
  private static final int PARENT = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;

  private final int[] descriptors;
  private final boolean openat2;
  private volatile boolean closed;

  /**
   * Takes over {@code descriptors}.
   *
   * @param openat2 whether to use that call; without it each name is opened by itself
   */
  Roots(int[] descriptors, boolean openat2) {
    this.descriptors = descriptors;
    this.openat2 = openat2;
  }

  /** Whether the kernel has openat2 (Linux 5.6) and nothing forbids it. */
  static boolean kernelHasOpenat2() {
    Scratch scratch = Scratch.get();
    long fd = openat2(scratch, Libc.AT_FDCWD, scratch.path(0, "/"), PARENT, 0);
    if (fd >= 0) {
      Libc.close((int) fd);
    }
    return fd >= 0;
  }

  int count() {
    return descriptors.length;
  }

  /** Descriptor of directory number {@code directory}; owned by this. */
  int descriptor(int directory) throws StoreException {
    if (directory >= descriptors.length) {
      throw new StoreException(Failure.NOT_FOUND, "the module has no directory " + directory);
    }
    if (closed) {
      throw new StoreException(Failure.STALE, "the file store is closed");
    }
    return descriptors[directory];
  }

  /**
   * Descriptor of the directory that holds {@code path}; give it back with {@link #leave}. Writes
   * the path into slot {@code slot}: {@link #name} is in there.
   */
  int enter(Scratch scratch, int slot, TreePath path) throws StoreException {
    int root = descriptor(path.directory());
    byte[] bytes = path.bytes();
    int slash = lastSeparator(bytes);
    if (slash < 0) {
      scratch.path(slot, bytes);
      return root;
    }
    long address = scratch.path(slot, bytes);
    scratch.cut(slot, slash);
    return check(openBelow(scratch, root, address, bytes, slash, PARENT), path);
  }

  /** Address of the last name that {@link #enter} left in {@code slot}. */
  static long name(Scratch scratch, int slot, TreePath path) {
    return path.isRoot() ? scratch.dot() : scratch.slot(slot) + lastSeparator(path.bytes()) + 1;
  }

  /** Closes the descriptor that {@link #enter} gave for {@code path}, unless it is a root's. */
  void leave(int descriptor, TreePath path) {
    if (descriptor != descriptors[path.directory()]) {
      Libc.close(descriptor);
    }
  }

  /** Opens {@code path}; its last name is not followed. */
  int open(Scratch scratch, TreePath path, int flags) throws StoreException {
    int root = descriptor(path.directory());
    int how = flags | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
    if (path.isRoot()) {
      return check(Libc.openat(root, scratch.dot(), how, 0), path);
    }
    byte[] bytes = path.bytes();
    long address = scratch.path(0, bytes);
    return check(openBelow(scratch, root, address, bytes, bytes.length, how), path);
  }

  private int openBelow(
      Scratch scratch, int root, long address, byte[] path, int length, int flags) {
    return openat2
        ? (int) openat2(scratch, root, address, flags, RESOLVE)
        : walk(scratch, root, address, path, length, flags);
  }

  private static long openat2(Scratch scratch, int root, long path, int flags, long resolve) {
    long how = scratch.argument(0, flags & 0xffffffffL);
    scratch.argument(8, 0);
    scratch.argument(16, resolve);
    return Libc.syscall(Architecture.OPENAT2, root, path, how, HOW_BYTES, 0, 0);
  }

  /** Opens name by name, for kernels without openat2. */
  private static int walk(
      Scratch scratch, int root, long address, byte[] path, int length, int flags) {
    int slot = (int) ((address - scratch.slot(0)) / (scratch.slot(1) - scratch.slot(0)));
    int directory = root;
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (path[i] == '/') {
        scratch.cut(slot, i);
        int next = Libc.openat(directory, address + start, PARENT | Libc.O_NOFOLLOW, 0);
        closeUnless(root, directory, next);
        if (next < 0) {
          return next;
        }
        directory = next;
        start = i + 1;
      }
    }
    int last = Libc.openat(directory, address + start, flags | Libc.O_NOFOLLOW, 0);
    closeUnless(root, directory, last);
    return last;
  }

  /** Closes {@code directory} without losing the error number that {@code result} came with. */
  private static void closeUnless(int root, int directory, int result) {
    if (directory != root) {
      int errno = Libc.errno(result);
      Libc.close(directory);
      if (errno != 0) {
        com.sun.jna.Native.setLastError(errno);
      }
    }
  }

  private static int check(int fd, TreePath path) throws StoreException {
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw Errno.exception(errno, path.toString());
    }
    return fd;
  }

  private static int lastSeparator(byte[] bytes) {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  void close() {
    closed = true;
    for (int i = 0; i < descriptors.length; i++) {
      if (descriptors[i] >= 0) {
        Libc.close(descriptors[i]);
        descriptors[i] = -1;
      }
    }
  }
}

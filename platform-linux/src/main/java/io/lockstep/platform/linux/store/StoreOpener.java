package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.mount.MountTable;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.port.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks a module's directories and opens them as a {@link FileStore}. */
public final class StoreOpener {
  private static final byte[] PROBE = "trusted.lockstep.probe".getBytes(StandardCharsets.US_ASCII);

  private StoreOpener() {}

  /**
   * Opens directories that nothing of Lockstep's covers.
   *
   * @throws IOException naming the directory, what is wrong with it and what to do
   */
  public static FileStore open(List<Path> directories) throws IOException {
    return open(directories, Roots.kernelHasOpenat2());
  }

  /** As {@link #open(List)}, with or without openat2(2). */
  static FileStore open(List<Path> directories, boolean openat2) throws IOException {
    if (directories.isEmpty()) {
      throw new IOException("a module needs at least one directory: name it in the configuration");
    }
    refuseNesting(directories);
    List<Integer> opened = new ArrayList<>();
    List<Integer> synced = new ArrayList<>();
    boolean done = false;
    try {
      MountTable mounts = MountTable.read();
      Set<Long> fileSystems = new HashSet<>();
      for (Path directory : directories) {
        int fd = openRoot(directory);
        opened.add(fd);
        refuseUnsuitable(directory, fd);
        refuseMountsInside(directory, mounts);
        if (fileSystems.add(fileSystem(directory, fd))) {
          synced.add(openForSync(directory, fd));
        }
      }
      Roots roots = new Roots(array(opened), openat2);
      done = true;
      return new PosixFileStore(roots, array(synced));
    } finally {
      if (!done) {
        opened.forEach(Libc::close);
        synced.forEach(Libc::close);
      }
    }
  }

  private static void refuseNesting(List<Path> directories) throws IOException {
    for (Path one : directories) {
      if (!one.isAbsolute()) {
        throw new IOException(one + " is not an absolute path: write it from the root");
      }
    }
    for (int i = 0; i < directories.size(); i++) {
      Path one = real(directories.get(i));
      for (int j = 0; j < directories.size(); j++) {
        Path other = real(directories.get(j));
        if (i != j && other.startsWith(one)) {
          throw new IOException(
              directories.get(j)
                  + (other.equals(one) ? " is the same directory as " : " lies inside ")
                  + directories.get(i)
                  + ": a file can be replicated only once; name only the outer one");
        }
      }
    }
  }

  private static Path real(Path directory) throws IOException {
    try {
      return directory.toRealPath();
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IOException(directory + " does not exist: create it, or correct the path", e);
    } catch (java.nio.file.FileSystemException e) {
      throw new IOException(
          directory
              + " can not be reached ("
              + e.getReason()
              + "): if a dead mount is in the way, detach it with: umount -l "
              + directory,
          e);
    }
  }

  private static int openRoot(Path directory) throws IOException {
    Scratch scratch = Scratch.get();
    int flags = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
    int fd = Libc.openat(Libc.AT_FDCWD, scratch.path(0, real(directory).toString()), flags, 0);
    int errno = Libc.errno(fd);
    if (errno == Errno.ENOTDIR) {
      throw new IOException(
          directory + " is not a directory: only directories can be replicated; name its parent");
    }
    if (errno != 0) {
      throw Errno.exception(errno, "open " + directory);
    }
    return fd;
  }

  private static void refuseMountsInside(Path directory, MountTable mounts) throws IOException {
    for (MountTable.Mount inside : mounts.below(real(directory))) {
      throw new IOException(
          "another file system ("
              + inside.type()
              + ") is mounted inside "
              + directory
              + " at "
              + inside.at()
              + ": its files would not be replicated; unmount it, or move it elsewhere");
    }
  }

  private static void refuseUnsuitable(Path directory, int fd) throws IOException {
    Scratch scratch = Scratch.get();
    var buffer = scratch.large();
    int errno = Libc.errno(Libc.fstatfs(fd, NativeMemory.address(buffer)));
    if (errno != 0) {
      throw Errno.exception(errno, "file system of " + directory);
    }
    String reason = FileSystems.refusal(buffer.getLong(0));
    if (reason != null) {
      throw new IOException(directory + " is on " + reason);
    }
    probeAttributes(scratch, directory, fd);
  }

  private static void probeAttributes(Scratch scratch, Path directory, int fd) throws IOException {
    long path = scratch.descriptorPath(fd, new byte[] {'.'});
    long name = scratch.attributeName(PROBE);
    int errno = Libc.errno(Libc.lsetxattr(path, name, scratch.value(), 8, 0));
    if (errno == 0) {
      errno = Libc.errno(Libc.lremovexattr(path, name));
    }
    switch (errno) {
      case 0 -> {}
      case Errno.EOPNOTSUPP ->
          throw new IOException(
              directory
                  + " is on a file system without trusted extended attributes, in which Lockstep"
                  + " keeps the identity of each file: use ext4, xfs or btrfs");
      case Errno.EPERM ->
          throw new IOException(
              directory
                  + ": this process may not set trusted extended attributes: run Lockstep as root"
                  + " with CAP_SYS_ADMIN, not inside a user namespace");
      case Errno.EROFS ->
          throw new IOException(
              directory + " is on a file system that is mounted read-only: remount it writable");
      default -> throw Errno.exception(errno, "extended attributes of " + directory);
    }
  }

  private static long fileSystem(Path directory, int fd) throws IOException {
    Scratch scratch = Scratch.get();
    int errno = Libc.errno(Statuses.ask(scratch, fd));
    if (errno != 0) {
      throw Errno.exception(errno, "status of " + directory);
    }
    return Statuses.fileSystem(scratch);
  }

  private static int openForSync(Path directory, int root) throws IOException {
    int flags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
    int fd = Libc.openat(root, Scratch.get().dot(), flags, 0);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw Errno.exception(errno, "open " + directory);
    }
    return fd;
  }

  private static int[] array(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}

package io.lockstep.platform.linux.mount;

import io.lockstep.platform.linux.mount.MountTable.Mount;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.port.Platform.Cover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layers that Lockstep puts over a replicated directory: the interceptor's mount and the
 * read-only view. Safe for any thread, as long as one process manages a directory.
 *
 * <p>A killed agent leaves its layers behind, several of them if it was killed more than once. They
 * are recognised by what they are, not by a record that might be missing: a mount of type {@code
 * fuse.lockstep}, and a read-only mount that shows the very directory it lies on. A layer is found
 * by the number of the mount that a descriptor leads to, so dead mounts can be judged too.
 */
public final class Covers {
  /** The type under which the interceptor mounts. */
  public static final String FUSE_TYPE = "fuse.lockstep";

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int MOST_LAYERS = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Covers.class);

  private Covers() {}

  /** What covers {@code directory} now: the uppermost layer. */
  public static Cover cover(Path directory) throws IOException {
    return classify(resolve(directory));
  }

  private static Cover classify(Path at) throws IOException {
    MountTable table = MountTable.read();
    Optional<Mount> top = table.byId(mountNumber(at));
    if (top.isEmpty() || !top.get().at().equals(at.toString())) {
      return Cover.NONE;
    }
    Mount mount = top.get();
    if (mount.type().equals(FUSE_TYPE)) {
      return Cover.INTERCEPTED;
    }
    Optional<Mount> below = table.byId(mount.parent());
    boolean itself =
        below.isPresent()
            && below.get().device().equals(mount.device())
            && mount.root().equals(shownAt(below.get(), at));
    return itself && mount.readOnly() ? Cover.READ_ONLY_VIEW : Cover.FOREIGN;
  }

  /** Which directory of {@code mount}'s file system lies at {@code at}. */
  private static String shownAt(Mount mount, Path at) {
    String inside = Path.of(mount.at()).relativize(at).toString();
    if (inside.isEmpty()) {
      return mount.root();
    }
    return mount.root().equals("/") ? "/" + inside : mount.root() + "/" + inside;
  }

  /**
   * Takes away every layer of Lockstep's. Files that applications hold open in it stay usable until
   * they are closed (a lazy unmount).
   *
   * @throws IOException if a layer is served by a living process, or can not be detached
   */
  public static void uncover(Path directory) throws IOException {
    Path at = resolve(directory);
    for (int i = 0; i < MOST_LAYERS; i++) {
      Cover cover = classify(at);
      if (cover == Cover.NONE || cover == Cover.FOREIGN) {
        return;
      }
      if (cover == Cover.INTERCEPTED && Liveness.served(at)) {
        throw new IOException(
            "a running process serves the Lockstep mount at "
                + at
                + ": another agent manages this directory; stop that agent, or if it hangs, kill"
                + " it, and try again");
      }
      int errno =
          Libc.errno(
              Libc.umount2(Scratch.get().path(0, at.toString()), MNT_DETACH | UMOUNT_NOFOLLOW));
      if (errno != 0) {
        throw new IOException(
            "can not detach what covers " + at + ": " + Errno.text(errno) + adviceFor(errno));
      }
      LOG.info("Detached a leftover layer ({}) from {}", cover, at);
    }
    throw new IOException(
        at + " has more than " + MOST_LAYERS + " layers: see /proc/self/mountinfo");
  }

  /**
   * Shows {@code directory} read-only. Returns normally if it is shown so already. The view appears
   * at once, never writable in between.
   */
  public static void coverReadOnly(Path directory) throws IOException {
    Path at = resolve(directory);
    Cover cover = classify(at);
    if (cover == Cover.READ_ONLY_VIEW) {
      return;
    }
    if (cover == Cover.INTERCEPTED) {
      throw new IOException(
          at + " still has a mount of the interceptor over it: unmount or uncover it first");
    }
    int errno = ReadOnlyView.put(at);
    if (errno != 0) {
      throw new IOException(
          "can not put the read-only view over "
              + at
              + ": "
              + Errno.text(errno)
              + adviceFor(errno));
    }
  }

  private static String adviceFor(int errno) {
    return errno == Errno.EPERM || errno == Errno.EACCES
        ? ": Lockstep needs root with CAP_SYS_ADMIN in this mount namespace"
        : "";
  }

  /**
   * The true path without asking the directory itself, which may be a dead mount; a symbolic link
   * as the last name is followed.
   */
  static Path resolve(Path directory) throws IOException {
    if (!directory.isAbsolute()) {
      throw new IOException(directory + " is not an absolute path: write it from the root");
    }
    Path path = directory.normalize();
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null) {
      throw new IOException("the root directory of the system can not be replicated");
    }
    try {
      return isLink(path) ? path.toRealPath() : parent.toRealPath().resolve(name);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IOException(directory + " does not exist: create it, or correct the path", e);
    }
  }

  /** Files.isSymbolicLink would ask the server of a mount, which may hang. */
  private static boolean isLink(Path path) {
    Scratch scratch = Scratch.get();
    long name = scratch.path(0, path.toString());
    return Libc.readlinkat(Libc.AT_FDCWD, name, scratch.value(), 1) >= 0;
  }

  /** The number of the mount that {@code at} leads to now; asks nothing of the mount itself. */
  private static int mountNumber(Path at) throws IOException {
    int flags = Libc.O_PATH | Libc.O_CLOEXEC | Libc.O_NOFOLLOW;
    int fd = Libc.openat(Libc.AT_FDCWD, Scratch.get().path(0, at.toString()), flags, 0);
    int errno = Libc.errno(fd);
    if (errno == Errno.ENOENT) {
      throw new IOException(at + " does not exist: create it, or correct the path");
    }
    if (errno != 0) {
      throw new IOException("can not reach " + at + ": " + Errno.text(errno));
    }
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
        if (line.startsWith("mnt_id:")) {
          return Integer.parseInt(line.substring(7).trim());
        }
      }
    } finally {
      Libc.close(fd);
    }
    throw new IOException("/proc/self/fdinfo tells no mnt_id: Lockstep needs Linux 3.15 or newer");
  }
}

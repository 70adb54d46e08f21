package io.lockstep.demo.topology;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The directory and the number of one run of the demo, held by a lock for as long as the process
 * lives.
 *
 * <p>The number is part of every name and address that the run makes, so several runs live side by
 * side. The kernel gives the lock up when the process ends, however it ends: a run directory whose
 * lock is free is a leftover, and its number tells what else was left over.
 */
public final class RunDirectory implements AutoCloseable {
  /** Where the runs of this machine are kept. Not below /run, which is often mounted noexec. */
  public static final Path BASE = Path.of("/var/lib/lockstep-demo");

  private static final int SLOTS = 64;

  /**
   * The lock files of this process's own runs. They are not opened a second time: closing any
   * descriptor of a file gives up all of a process's locks on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final int number;
  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;

  private RunDirectory(int number, Path path, FileChannel channel, FileLock lock) {
    this.number = number;
    this.path = path;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the first free number below {@code base}.
   *
   * @throws IOException if the base cannot be written, or all numbers are taken by live runs
   */
  public static RunDirectory take(Path base) throws IOException {
    for (int number = 0; number < SLOTS; number++) {
      Optional<RunDirectory> taken =
          Files.exists(base.resolve(Integer.toString(number)))
              ? Optional.empty()
              : tryTake(base, number);
      if (taken.isPresent()) {
        return taken.get();
      }
    }
    throw new IOException(
        "all %d numbers for runs are taken below %s: end another demo first"
            .formatted(SLOTS, base));
  }

  /**
   * Takes the first free number whose addresses hide no network of the machine.
   *
   * @throws IOException if the base cannot be written, or no number is left
   */
  public static RunDirectory takeFree(Path base) throws IOException {
    RunDirectory taken = take(base);
    if (!Topology.collides(taken.number())) {
      return taken;
    }
    // Held while the next is looked for, so that the same number is not taken again.
    try (taken) {
      RunDirectory next = takeFree(base);
      Cleanup.deleteTree(taken.path());
      return next;
    }
  }

  /** The directories of earlier runs whose process is gone, each now locked by the caller. */
  public static List<RunDirectory> leftovers(Path base) throws IOException {
    List<RunDirectory> found = new ArrayList<>();
    for (int number = 0; number < SLOTS; number++) {
      if (Files.isDirectory(base.resolve(Integer.toString(number)))) {
        tryTake(base, number).ifPresent(found::add);
      }
    }
    return found;
  }

  /** One at a time, as {@link #HELD} wants it: several runs may be made by threads of a process. */
  private static synchronized Optional<RunDirectory> tryTake(Path base, int number)
      throws IOException {
    Files.createDirectories(base);
    Path lockFile = base.resolve(number + ".lock");
    if (HELD.contains(lockFile)) {
      return Optional.empty();
    }
    FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
      if (lock == null) {
        return Optional.empty();
      }
      Path path = Files.createDirectories(base.resolve(Integer.toString(number)));
      // The application may run as a user of its own, and must reach its directory.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      HELD.add(lockFile);
      return Optional.of(new RunDirectory(number, path, channel, lock));
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
  }

  /** The run's number, from 0, unique among the live runs of this machine. */
  public int number() {
    return number;
  }

  /** Where the run keeps its files. */
  public Path path() {
    return path;
  }

  /** Whether the lock is still held. */
  public boolean isHeld() {
    return lock.isValid();
  }

  /** Gives the number back. The directory itself stays: whoever cleans up removes it before. */
  @Override
  public void close() throws IOException {
    channel.close();
    HELD.remove(path.resolveSibling(number + ".lock"));
  }
}

package io.lockstep.powercut.disk;

import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.Shell;
import io.lockstep.platform.linux.fuse.FuseInterceptor;
import io.lockstep.platform.linux.fuse.FuseMount;
import io.lockstep.platform.linux.fuse.KnownFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The disk of one node: an image served over FUSE, a loop device on it, and a file system that
 * holds the node's tree, journal and state.
 *
 * <pre>
 * file system ─▶ /dev/loopN ─▶ FUSE disk.img ─▶ PowerDisk (what reads see | what is stable)
 * </pre>
 *
 * Used by one thread.
 */
public final class NodeDisk implements AutoCloseable {
  private static final long SIZE_BYTES = 640L << 20;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

  private final FileSystem kind;
  private final Path device;
  private final Path files;
  private final Path plain;
  private final PowerDisk disk;
  private FuseMount mount;

  private NodeDisk(FileSystem kind, Path home, PowerDisk disk) {
    this.kind = kind;
    this.disk = disk;
    this.device = home.resolve("device");
    this.files = home.resolve("files");
    this.plain = home.resolve("plain");
  }

  /**
   * Makes an empty disk below {@code home}, formatted and without power.
   *
   * @param images where the images are kept, best in memory
   * @throws IOException if a file cannot be made
   */
  public static NodeDisk create(FileSystem kind, Path home, Path images) throws IOException {
    for (String name : List.of("device", "files", "plain")) {
      Files.createDirectories(home.resolve(name));
    }
    Path stable = Files.createDirectories(images).resolve("stable.img");
    Path seen = images.resolve("seen.img");
    try (RandomAccessFile file = new RandomAccessFile(stable.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    List<String> make = new ArrayList<>(kind.make());
    make.add(stable.toString());
    Shell.run(make.toArray(String[]::new));
    Shell.run("cp", "--sparse=always", stable.toString(), seen.toString());
    return new NodeDisk(kind, home, new PowerDisk(seen, stable, SIZE_BYTES));
  }

  /** Where the file system is mounted while the disk has power. */
  public Path files() {
    return files;
  }

  /** The same files, without what is mounted over them. */
  public Path plain() {
    return plain;
  }

  /** What decides about writes and flushes. */
  public PowerDisk disk() {
    return disk;
  }

  /**
   * Gives it power and mounts the file system, which thereby recovers from whatever was lost.
   *
   * @throws IOException if the FUSE mount cannot be made
   * @throws Shell.CommandFailedException if the file system does not mount
   */
  public void powerOn() throws IOException {
    disk.on();
    mount =
        new FuseInterceptor(8, new KnownFiles(1000), false).mount(new DiskVolume(disk), 0, device);
    String loop =
        Shell.run(
                "losetup",
                "--find",
                "--show",
                "--direct-io=on",
                device.resolve(DiskVolume.NAME).toString())
            .strip();
    try {
      Shell.run("mount", "-t", kind.type(), loop, files.toString());
      // Private before anything is mounted below: what covers the tree must not come along.
      Shell.run("mount", "--bind", files.toString(), plain.toString());
      Shell.run("mount", "--make-private", plain.toString());
    } finally {
      // Once it is mounted this only asks that the device goes with its last user.
      Shell.run("losetup", "--detach", loop);
    }
  }

  /**
   * Takes the node's mounts away after {@link PowerDisk#off}, when no process uses them any more,
   * and decides what is left on the disk.
   *
   * @throws IOException if something keeps the file system in use
   */
  public PowerDisk.Loss lose(Survival survival, Random random) throws IOException {
    detach();
    return disk.lose(survival, random);
  }

  private void detach() throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NS;
    for (Path place : List.of(plain, files)) {
      Shell.Result result = Shell.attempt("umount", place.toString());
      while (Mounts.count(place) > 0) {
        if (System.nanoTime() > deadline) {
          throw new IOException("cannot unmount " + place + ": " + result.output().strip());
        }
        rest();
        result = Shell.attempt("umount", place.toString());
      }
    }
    if (mount != null) {
      // The loop device lets the image go a moment after the file system did.
      mount.unmount(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
      mount = null;
    }
  }

  private static void rest() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Unmounts what is mounted and forgets everything. */
  @Override
  public void close() throws IOException {
    disk.off();
    try {
      Mounts.detachBelow(plain);
      Mounts.detachBelow(files);
      detach();
    } finally {
      disk.close();
    }
  }
}

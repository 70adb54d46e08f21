package io.lockstep.platform.linux.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An ext4 file system in a sparse file of its own, mounted on a loop device while it is open. */
final class Ext4 implements AutoCloseable {
  private final Path at;
  private final Path image;

  private Ext4(Path at, Path image) {
    this.at = at;
    this.image = image;
  }

  /** Makes and mounts one of {@code megabytes} below {@code directory}. */
  static Ext4 make(Path directory, String name, long megabytes) throws IOException {
    Path image = directory.resolve(name + ".img");
    Path at = Files.createDirectory(directory.resolve(name));
    try {
      Shell.run(
          directory,
          "truncate -s %dM '%s'; mkfs.ext4 -q -F -b 4096 -I 256 -m 0 '%s'; mount -o loop,noatime '%s' '%s'"
              .formatted(megabytes, image, image, image, at));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return new Ext4(at, image);
  }

  Path directory(String name) throws IOException {
    return Files.createDirectory(at.resolve(name));
  }

  @Override
  public void close() throws IOException {
    try {
      Shell.run(at.getParent(), "umount '" + at + "' || umount -l '" + at + "'");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    Files.delete(image);
    Files.delete(at);
  }
}

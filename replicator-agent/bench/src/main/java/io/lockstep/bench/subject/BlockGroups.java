package io.lockstep.bench.subject;

import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where ext4 puts the files of a directory.
 *
 * <p>A new file gets an inode number in the block group of its directory, and ext4 passes over each
 * number there that was freed within the last minutes, one by one. All that a run makes and removes
 * would be in one group: a system that is measured later would pay for the files that those before
 * it removed, and one that keeps two copies on this machine twice.
 */
final class BlockGroups {
  private BlockGroups() {}

  /**
   * Makes {@code directory} where it is missing; directories that are made in it from now on get
   * block groups of their own.
   */
  static Path spread(Path directory) throws IOException {
    Files.createDirectories(directory);
    Shell.run("chattr", "+T", directory.toString());
    return directory;
  }
}

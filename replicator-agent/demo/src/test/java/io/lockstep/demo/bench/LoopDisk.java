package io.lockstep.demo.bench;

import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small ext4 in a file, mounted, that can be filled to the last block and emptied again.
 *
 * @param place where it is mounted
 */
public record LoopDisk(Path place) implements AutoCloseable {
  private static final String FILLER = "filler-of-the-test";

  /**
   * Makes and mounts one.
   *
   * @param image the file that holds it; the kernel's loop device is given back at the unmount
   * @throws IOException if the file cannot be made
   */
  public static LoopDisk make(Path image, int mebibytes, Path place) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(mebibytes * 1024L * 1024);
    }
    Shell.run("mkfs.ext4", "-q", "-m", "0", "-F", image.toString());
    Shell.run("mount", "-o", "loop", image.toString(), place.toString());
    return new LoopDisk(place);
  }

  /** Takes all of its free space, in a file beside whatever a test keeps in a directory of it. */
  public static void fill(Path place) {
    // Ends at the first block that is refused: that is what it is for.
    Shell.attempt(
        "bash",
        "-c",
        "for size in 1M 4k; do dd if=/dev/zero bs=$size of=\"$0/"
            + FILLER
            + "-$size\" ; done; sync -f \"$0\"",
        place.toString());
  }

  /** Ends {@link #fill}. */
  public static void free(Path place) throws IOException {
    for (String size : new String[] {"1M", "4k"}) {
      Files.deleteIfExists(place.resolve(FILLER + "-" + size));
    }
    Shell.attempt("sync", "-f", place.toString());
  }

  @Override
  public void close() {
    Shell.attempt("umount", "-l", place.toString());
  }
}

package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many processors the kernel keeps queues for. */
final class Processors {
  private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");

  private Processors() {}

  /** Those that may ever be there, as in {@code 0-3}. */
  static int possible() throws IOException {
    String ranges = Files.readString(POSSIBLE).trim();
    String last = ranges.substring(Math.max(ranges.lastIndexOf('-'), ranges.lastIndexOf(',')) + 1);
    try {
      return Integer.parseInt(last) + 1;
    } catch (NumberFormatException e) {
      throw new IOException(POSSIBLE + " says '" + ranges + "'", e);
    }
  }
}

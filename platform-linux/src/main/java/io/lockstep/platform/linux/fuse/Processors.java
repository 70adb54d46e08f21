package io.lockstep.platform.linux.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/** The processors of this machine, as numbers. */
final class Processors {
  private static final Path SYSTEM = Path.of("/sys/devices/system/cpu");
  private static final Path PROCESS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  private Processors() {}

  /** Those that may ever be there: for each the kernel has a queue. */
  static BitSet possible() throws IOException {
    return parse(Files.readString(SYSTEM.resolve("possible")));
  }

  /** Those that are there now. */
  static BitSet online() throws IOException {
    return parse(Files.readString(SYSTEM.resolve("online")));
  }

  /** Those on which this process may run. */
  static BitSet allowed() throws IOException {
    for (String line : Files.readAllLines(PROCESS)) {
      if (line.startsWith(ALLOWED)) {
        return parse(line.substring(ALLOWED.length()));
      }
    }
    throw new IOException(PROCESS + " does not say where this process may run");
  }

  /** A list such as {@code 0-3,6}. */
  static BitSet parse(String list) throws IOException {
    BitSet processors = new BitSet();
    try {
      for (String range : list.trim().split(",", -1)) {
        List<String> ends = List.of(range.split("-", 2));
        int first = Integer.parseInt(ends.get(0));
        processors.set(first, Integer.parseInt(ends.get(ends.size() - 1)) + 1);
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IOException("no list of processors: '" + list.trim() + "'", e);
    }
    return processors;
  }
}

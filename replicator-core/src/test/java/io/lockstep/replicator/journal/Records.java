package io.lockstep.replicator.journal;

import io.lockstep.replicator.execution.SystemDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Payloads that can be told from their sequence, and what a journal holds. */
final class Records {
  private Records() {}

  static ByteBuffer payload(long sequence, int bytes) {
    byte[] content = new byte[bytes];
    new Random(sequence).nextBytes(content);
    return ByteBuffer.wrap(content);
  }

  static void append(Journal journal, long from, long to, int bytes) throws IOException {
    for (long sequence = from; sequence <= to; sequence++) {
      journal.append(sequence, payload(sequence, bytes));
    }
  }

  /** Reads everything, checks each payload, and returns the sequences. */
  static List<Long> check(Journal journal, int bytes) throws IOException {
    List<Long> found = new ArrayList<>();
    journal.read(
        journal.firstSequence(),
        (sequence, payload) -> {
          if (!payload.equals(payload(sequence, bytes))) {
            throw new AssertionError("wrong content of record " + sequence);
          }
          found.add(sequence);
          return true;
        });
    return found;
  }

  static List<Long> range(long from, long to) {
    List<Long> all = new ArrayList<>();
    for (long each = from; each <= to; each++) {
      all.add(each);
    }
    return all;
  }

  static Path queueFile(Path journal, long first) throws IOException {
    return SegmentWriter.queueFile(new SystemDisk(), Segment.directory(journal, first));
  }

  /** The files' bytes by name, to see that nothing was changed. */
  static List<String> snapshot(Path directory) throws IOException {
    List<String> all = new ArrayList<>();
    try (var files = Files.walk(directory)) {
      for (Path each : files.sorted().toList()) {
        boolean data = Files.isRegularFile(each) && !each.endsWith("lock");
        all.add(each + " " + (data ? java.util.Arrays.hashCode(Files.readAllBytes(each)) : 0));
      }
    }
    return all;
  }
}

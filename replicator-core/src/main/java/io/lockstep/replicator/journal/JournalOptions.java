package io.lockstep.replicator.journal;

import java.nio.file.Path;

/**
 * Where a journal lives and how much it may take.
 *
 * @param directory the journal's own; created if missing
 * @param segmentBytes size at which a new segment begins
 * @param maxSizeBytes limit of all segments together; at least two segments
 * @param reserveBytes free space that is left to others on the file system
 */
public record JournalOptions(
    Path directory, long segmentBytes, long maxSizeBytes, long reserveBytes) {
  /** Checks the limits. */
  public JournalOptions {
    if (segmentBytes < 64 << 10 || maxSizeBytes < 2 * segmentBytes || reserveBytes < 0) {
      throw new IllegalArgumentException(
          "journal limits: segment "
              + segmentBytes
              + " B (at least 65536), size "
              + maxSizeBytes
              + " B (at least two segments), reserve "
              + reserveBytes
              + " B (not negative)");
    }
  }
}

package io.lockstep.replicator.reintegration;

import java.time.Duration;
import java.util.Optional;

/**
 * How far a reintegration is.
 *
 * @param round from 1
 * @param bytesDone content sent or found equal
 * @param bytesTotal content known to be sent or compared, so far
 * @param filesDone files, directories and links settled
 * @param filesTotal known so far
 * @param bytesSent everything put on the channel
 * @param bytesPerSecond measured since the start
 * @param remaining estimate; empty while nothing was measured
 */
public record ReintegrationProgress(
    int round,
    long bytesDone,
    long bytesTotal,
    long filesDone,
    long filesTotal,
    long bytesSent,
    long bytesPerSecond,
    Optional<Duration> remaining) {
  /** 0 to 100, by bytes and files. */
  public int percent() {
    long total = bytesTotal + 1024 * filesTotal;
    long done = bytesDone + 1024 * filesDone;
    return total <= 0 ? 100 : (int) Math.min(100, 100.0 * done / total);
  }
}

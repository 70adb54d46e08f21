package io.lockstep.powercut;

import io.lockstep.powercut.disk.FileSystem;
import io.lockstep.powercut.disk.PowerDisk;
import io.lockstep.powercut.record.LedgerJudge;
import java.util.ArrayList;
import java.util.List;

/** What one cut did and what was found after it. Used by one thread. */
final class CutResult {
  /** Which nodes lose their power. */
  enum Kind {
    PRIMARY,
    SECONDARY,
    BOTH
  }

  private final FileSystem fileSystem;
  private final Kind kind;
  private final List<String> problems = new ArrayList<>();
  private long unflushedWrites;
  private long unflushedBytes;
  private long lostBytes;
  private long tornWrites;
  private long acknowledged;
  private long synced;
  private long lostAcknowledged;
  private long lostSynced;
  private long differences;
  private long outageMs;
  private long wholeMs;

  CutResult(FileSystem fileSystem, Kind kind) {
    this.fileSystem = fileSystem;
    this.kind = kind;
  }

  void disk(PowerDisk.Loss loss) {
    unflushedWrites += loss.writes();
    unflushedBytes += loss.bytes();
    lostBytes += loss.bytes() - loss.keptBytes();
    tornWrites += loss.tornWrites();
  }

  void judged(String node, LedgerJudge.Promise promise, LedgerJudge.Finding finding) {
    switch (promise) {
      case ACKNOWLEDGED -> {
        acknowledged += finding.expected();
        lostAcknowledged += finding.lost();
      }
      case SYNCED -> {
        synced += finding.expected();
        lostSynced += finding.lost();
      }
    }
    finding.problems().forEach(problem -> problems.add("on " + node + ": " + problem));
  }

  void compared(List<String> found) {
    differences += found.size();
    found.forEach(difference -> problems.add("the trees differ: " + difference));
  }

  /** Something did not come back in time. */
  void stuck(String why) {
    problems.add(why);
  }

  void times(long outage, long whole) {
    outageMs = outage;
    wholeMs = whole;
  }

  FileSystem fileSystem() {
    return fileSystem;
  }

  Kind kind() {
    return kind;
  }

  List<String> problems() {
    return problems;
  }

  boolean isGood() {
    return problems.isEmpty();
  }

  long unflushedWrites() {
    return unflushedWrites;
  }

  long lostBytes() {
    return lostBytes;
  }

  long tornWrites() {
    return tornWrites;
  }

  long acknowledged() {
    return acknowledged;
  }

  long synced() {
    return synced;
  }

  long lostAcknowledged() {
    return lostAcknowledged;
  }

  long lostSynced() {
    return lostSynced;
  }

  long differences() {
    return differences;
  }

  long outageMs() {
    return outageMs;
  }

  long wholeMs() {
    return wholeMs;
  }

  /** One line. */
  String describe() {
    return "%s %s: %d unflushed writes, %d of %d KiB lost, %d torn; %d acknowledged and %d synced writes looked for, lost %d and %d; no service for %.1f s; %.1f s in all%s"
        .formatted(
            fileSystem.type(),
            kind,
            unflushedWrites,
            lostBytes >> 10,
            unflushedBytes >> 10,
            tornWrites,
            acknowledged,
            synced,
            lostAcknowledged,
            lostSynced,
            outageMs / 1000.0,
            wholeMs / 1000.0,
            isGood() ? "" : "; BAD");
  }
}

package io.lockstep.powercut.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** Looks in a tree for what the ledger expects. For one tree, by one thread. */
public final class LedgerJudge {
  /** What is asked for. */
  public enum Promise {
    /** Every acknowledged write, and none without those before it: one node has lost power. */
    ACKNOWLEDGED,
    /** Every synced write: both nodes have lost power. */
    SYNCED
  }

  /**
   * What was found.
   *
   * @param expected writes that must be there
   * @param lost those of them that are not, or not whole
   * @param problems what is wrong, in words
   */
  public record Finding(long expected, long lost, List<String> problems) {
    /** Whether all is well. */
    public boolean isGood() {
      return problems.isEmpty();
    }
  }

  private final Path records;
  private final Promise promise;
  private final List<String> problems = new ArrayList<>();
  private long expectedWrites;
  private long lost;

  private LedgerJudge(Path directory, Promise promise) {
    this.records = directory.resolve(Content.RECORDS);
    this.promise = promise;
  }

  /**
   * Judges the module's directory, which nobody changes meanwhile.
   *
   * @throws IOException if it cannot be read
   */
  public static Finding judge(Path directory, Ledger ledger, Promise promise) throws IOException {
    LedgerJudge judge = new LedgerJudge(directory, promise);
    for (Expectation expectation : ledger.expectations()) {
      judge.look(expectation);
    }
    return new Finding(judge.expectedWrites, judge.lost, List.copyOf(judge.problems));
  }

  private boolean onlySynced(Expectation e) {
    return promise == Promise.SYNCED || e.onlySynced();
  }

  private void look(Expectation e) throws IOException {
    Path place = records.resolve(e.run()).resolve(e.stream().place());
    switch (e.stream()) {
      case APPEND, DSYNC -> lines(e, place);
      case FILES -> files(e, place);
      case BLOCKS -> blocks(e, place);
    }
  }

  private void missing(Expectation e, long count, String what) {
    lost += count;
    problems.add("%s %s: %s".formatted(e.run(), e.stream(), what));
  }

  private void lines(Expectation e, Path file) throws IOException {
    long floor = onlySynced(e) ? e.synced() : e.acknowledged();
    expectedWrites += floor;
    byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    long whole = 0;
    long good = 0;
    int lines = all.length / Content.LINE_BYTES;
    for (int i = 0; i < lines; i++) {
      boolean right =
          Arrays.equals(
              Arrays.copyOfRange(all, i * Content.LINE_BYTES, (i + 1) * Content.LINE_BYTES),
              Content.line(i + 1L));
      good += right ? 1 : 0;
      whole += right && i < floor ? 1 : 0;
    }
    if (whole < floor) {
      missing(e, floor - whole, "%d of %d lines are missing".formatted(floor - whole, floor));
    }
    if (!onlySynced(e) && good * Content.LINE_BYTES != all.length) {
      missing(e, 0, "a line beyond %d is there without those before it".formatted(floor));
    }
  }

  /** Of the files that are kept the oldest may be on its way out. */
  private void files(Expectation e, Path directory) throws IOException {
    long floor = onlySynced(e) ? e.synced() : e.acknowledged();
    long first = Math.max(1, e.acknowledged() - Content.FILES_KEPT + 2);
    for (long number = first; number <= floor; number++) {
      expectedWrites++;
      Path file = directory.resolve(Content.fileName(number));
      if (!Files.exists(file)) {
        missing(e, 1, "file %d of %d to %d is missing".formatted(number, first, floor));
      } else if (!Arrays.equals(Files.readAllBytes(file), Content.file(number))) {
        missing(e, 1, "file %d is not what was written".formatted(number));
      }
    }
    long removed = onlySynced(e) ? 0 : e.acknowledged() - Content.FILES_KEPT;
    for (long number = Math.max(1, removed - Content.FILES_KEPT); number <= removed; number++) {
      if (Files.exists(directory.resolve(Content.fileName(number)))) {
        missing(e, 0, "file %d is there although it was removed".formatted(number));
      }
    }
  }

  private void blocks(Expectation e, Path file) throws IOException {
    long[] floors = onlySynced(e) ? e.syncedBlocks() : e.acknowledgedBlocks();
    byte[] all = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    for (int block = 0; block < Content.BLOCKS; block++) {
      if (floors[block] > 0) {
        expectedWrites++;
        String wrong = wrong(e, all, block, floors[block]);
        if (wrong != null) {
          missing(e, 1, "block %d, write %d: %s".formatted(block, floors[block], wrong));
        }
      }
    }
  }

  /** A later write may have reached some sectors only where both nodes lost power. */
  private String wrong(Expectation e, byte[] all, int block, long floor) {
    long first = -1;
    for (int sector = 0; sector < Content.BLOCK_BYTES / Content.SECTOR_BYTES; sector++) {
      int at = block * Content.BLOCK_BYTES + sector * Content.SECTOR_BYTES;
      if (at + Content.SECTOR_BYTES > all.length) {
        return "the file ends at " + all.length;
      }
      byte[] found = Arrays.copyOfRange(all, at, at + Content.SECTOR_BYTES);
      OptionalLong write = Content.writeOf(block, sector, found);
      if (write.isEmpty()) {
        return "sector " + sector + " is no write's";
      }
      if (write.getAsLong() < floor) {
        return "sector %d is of write %d".formatted(sector, write.getAsLong());
      }
      first = first < 0 ? write.getAsLong() : first;
      if (!onlySynced(e) && write.getAsLong() != first) {
        return "sectors of writes %d and %d".formatted(first, write.getAsLong());
      }
    }
    return null;
  }
}

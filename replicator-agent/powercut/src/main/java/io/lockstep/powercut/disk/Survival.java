package io.lockstep.powercut.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Which of the writes that no flush covered are on stable storage after a cut. A disk may keep any
 * subset of them, in any order; each way of choosing finds other mistakes.
 *
 * <p>For one cut at a time, by one thread.
 */
public final class Survival {
  /** How the subset is chosen. */
  public enum Way {
    /** The cache was never written. */
    NOTHING,
    /** The disk was writing in order when the power went. */
    PREFIX,
    /** The disk was writing in an order of its own. */
    SUBSET,
    /** All but the flush: whatever only later flushes would have ordered has come. */
    EVERYTHING
  }

  private static final int PAGE_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;

  /**
   * Below this lie the superblocks: ext4 and btrfs write theirs, of more than one sector, in place,
   * and cannot survive that one being torn. A disk that tears them is beyond this test.
   */
  private static final long SUPERBLOCKS_END = 128 * 1024;

  private final Way way;
  private int left;
  private double chance;

  /** Chooses in that way. */
  public Survival(Way way) {
    this.way = way;
  }

  /** Draws a way: mostly subsets. */
  public static Survival any(Random random) {
    int draw = random.nextInt(20);
    Way drawn =
        draw < 4 ? Way.NOTHING : draw < 9 ? Way.PREFIX : draw < 19 ? Way.SUBSET : Way.EVERYTHING;
    return new Survival(drawn);
  }

  /** How it chooses. */
  public Way way() {
    return way;
  }

  /** A cut with that many unflushed writes; {@link #of} is then asked for each, in order. */
  void begin(int writes, Random random) {
    left = way == Way.PREFIX && writes > 0 ? random.nextInt(writes) : writes;
    chance = random.nextDouble();
  }

  /** The parts of {@code write} that are kept. */
  List<Write> of(Write write, Random random) {
    return switch (way) {
      case NOTHING -> List.of();
      case EVERYTHING -> List.of(write);
      case SUBSET -> pieces(write, random, chance);
      case PREFIX -> {
        left--;
        yield left > 0 ? List.of(write) : left == 0 ? pieces(write, random, 0.5) : List.of();
      }
    };
  }

  /** Each page is kept, lost or, one time in eight, torn between its sectors. */
  private static List<Write> pieces(Write write, Random random, double chance) {
    List<Write> kept = new ArrayList<>();
    int start = 0;
    while (start < write.bytes().length) {
      int toPageEnd = PAGE_BYTES - (int) ((write.offset() + start) % PAGE_BYTES);
      int length = Math.min(toPageEnd, write.bytes().length - start);
      boolean tears = write.offset() + start >= SUPERBLOCKS_END && random.nextInt(8) == 0;
      int step = tears ? SECTOR_BYTES : length;
      for (int at = start; at < start + length; at += step) {
        if (random.nextDouble() < chance) {
          kept.add(write.part(at, Math.min(step, start + length - at)));
        }
      }
      start += length;
    }
    return kept;
  }
}

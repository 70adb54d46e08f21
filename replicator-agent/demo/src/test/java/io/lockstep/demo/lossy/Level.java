package io.lockstep.demo.lossy;

import java.time.Duration;
import java.util.List;

/**
 * How bad the networks are, and for how long.
 *
 * @param lossPercent of the frames of either direction
 * @param jitterMs each frame that is not lost comes late by something up to this
 */
record Level(int lossPercent, int jitterMs, Duration lasts) {
  /** What the pair has to bear, or what {@code lossy.level} says. */
  static Level first(Duration lasts) {
    String[] words = System.getProperty("lossy.level", "20,500").split(",");
    return new Level(Integer.parseInt(words[0]), Integer.parseInt(words[1]), lasts);
  }

  /** Further and further, each so long. */
  static List<Level> beyond(Duration each) {
    return List.of(
        new Level(30, 500, each),
        new Level(40, 500, each),
        new Level(40, 1_000, each),
        new Level(50, 1_000, each),
        new Level(60, 1_000, each));
  }

  @Override
  public String toString() {
    return "%d %% loss, %d ms jitter".formatted(lossPercent, jitterMs);
  }
}

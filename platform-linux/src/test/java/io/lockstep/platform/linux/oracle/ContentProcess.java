package io.lockstep.platform.linux.oracle;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Players of one file, in a process of their own.
 *
 * <pre>
 * ContentProcess FILE HELD SEED STEPS PLAYERS
 *     FILE: where it is played
 *     HELD: gets what FILE must then hold
 * </pre>
 */
final class ContentProcess {
  static final int MOST_BYTES = 700_001;

  private final Path file;
  private final ContentModel model = new ContentModel(MOST_BYTES);
  private final long seed;
  private final int steps;

  private ContentProcess(Path file, long seed, int steps) {
    this.file = file;
    this.seed = seed;
    this.steps = steps;
  }

  public static void main(String[] words) throws Exception {
    ContentProcess process =
        new ContentProcess(Path.of(words[0]), Long.parseLong(words[2]), Integer.parseInt(words[3]));
    int players = Integer.parseInt(words[4]);
    if (players == 1) {
      process.playAlone();
    } else {
      process.playTogether(players);
    }
    Files.write(Path.of(words[1]), process.model.read(0, MOST_BYTES));
  }

  private void playAlone() {
    try (ContentPlayer player = new ContentPlayer(file, model, 0, MOST_BYTES, true, seed)) {
      player.play(steps);
      player.compareAll();
    }
  }

  private void playTogether(int players) throws Exception {
    Files.write(file, new byte[MOST_BYTES]);
    model.grow(MOST_BYTES);
    int each = MOST_BYTES / players;
    List<Callable<Void>> plays = new ArrayList<>();
    for (int i = 0; i < players; i++) {
      int from = i * each;
      long own = seed * players + i;
      plays.add(() -> playWithin(from, from + each, own, steps / players));
    }
    ExecutorService threads = Executors.newFixedThreadPool(players);
    try {
      for (Future<Void> play : threads.invokeAll(plays)) {
        play.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  private Void playWithin(int from, int to, long own, int count) {
    try (ContentPlayer player = new ContentPlayer(file, model, from, to, false, own)) {
      player.play(count);
    }
    return null;
  }
}

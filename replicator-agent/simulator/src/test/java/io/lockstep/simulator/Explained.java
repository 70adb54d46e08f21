package io.lockstep.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Why some of {@link Coverage#pairs} are not reached, or not often: {@code unreached.txt}. A line
 * is: how often, input or fault, roles, kinds (both lists with commas, or {@code *}), the reason.
 */
final class Explained {
  /** How often a pair is reached. */
  enum Often {
    /** In no run; the reason says why none can. */
    NEVER,
    /** In no run yet, or next to none, though one could. */
    UNSEEN,
    /** Not in every few hundred runs. */
    RARELY
  }

  /** Why, and how often. */
  record Why(Often often, String reason) {}

  private final Map<String, Why> pairs = new HashMap<>();

  private Explained() {}

  /** As the file says; throws when it names what there is not, or a pair twice. */
  static Explained load() {
    Explained explained = new Explained();
    try (InputStream in =
        Objects.requireNonNull(Explained.class.getResourceAsStream("/unreached.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          explained.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return explained;
  }

  private void add(String line) {
    String[] words = line.split(" +", 5);
    if (words.length < 5) {
      throw new IllegalArgumentException("unreached.txt: no reason in '" + line + "'");
    }
    Why why = new Why(Often.valueOf(words[0].toUpperCase(java.util.Locale.ROOT)), words[4]);
    List<String> some = new ArrayList<>();
    for (String pair : Coverage.pairs()) {
      String[] parts = pair.split(" ");
      if (parts[0].equals(words[1]) && among(words[2], parts[1]) && among(words[3], parts[2])) {
        some.add(pair);
      }
    }
    if (some.isEmpty()) {
      throw new IllegalArgumentException("unreached.txt: there is no pair of '" + line + "'");
    }
    for (String pair : some) {
      if (pairs.put(pair, why) != null) {
        throw new IllegalArgumentException("unreached.txt: " + pair + " is there twice");
      }
    }
  }

  private static boolean among(String list, String word) {
    return list.equals("*") || Arrays.asList(list.split(",")).contains(word);
  }

  /** Null for a pair that every few hundred runs reach. */
  Why why(String pair) {
    return pairs.get(pair);
  }
}

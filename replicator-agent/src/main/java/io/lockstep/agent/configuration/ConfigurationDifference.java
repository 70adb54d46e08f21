package io.lockstep.agent.configuration;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What changes between two configurations.
 *
 * @param changes in the order of the old file, then what is new
 */
public record ConfigurationDifference(List<Change> changes) {
  /**
   * One key that changes.
   *
   * @param from null where the key is new
   * @param to null where the key goes away
   * @param live whether a running node can change it; if not, both agents need a restart
   */
  public record Change(String key, String from, String to, boolean live) {
    @Override
    public String toString() {
      String arrow = (from == null ? "(none)" : from) + " → " + (to == null ? "(none)" : to);
      return key + ": " + arrow + (live ? "" : "  [needs a restart of both agents]");
    }
  }

  /** Compares values, not texts. */
  public static ConfigurationDifference between(
      ClusterConfiguration old, ClusterConfiguration now) {
    Map<String, String> before = ConfigurationHash.flat(old);
    Map<String, String> after = ConfigurationHash.flat(now);
    Set<String> keys = new LinkedHashSet<>(before.keySet());
    keys.addAll(after.keySet());
    Map<String, String> reached = ConfigurationHash.flat(LiveConfiguration.merged(old, now));
    return new ConfigurationDifference(
        keys.stream()
            .filter(key -> !Objects.equals(before.get(key), after.get(key)))
            .map(
                key ->
                    new Change(
                        key,
                        shown(key, before.get(key)),
                        shown(key, after.get(key)),
                        Objects.equals(reached.get(key), after.get(key))))
            .toList());
  }

  /** Sizes with their unit, as they are written. */
  private static String shown(String key, String value) {
    boolean size = value != null && Key.of(key).map(Key::size).orElse(false);
    return size ? Units.showSize(Long.parseLong(value)) : value;
  }

  /** Whether nothing changes. */
  public boolean empty() {
    return changes.isEmpty();
  }

  /** Whether a running node can make every change. */
  public boolean allLive() {
    return changes.stream().allMatch(Change::live);
  }
}

package io.lockstep.failover.application;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code systemctl show} tells of a unit. Pure.
 *
 * @param load {@code loaded}, or why there is no such unit
 * @param active whether it runs, in one word: {@code activating}, {@code failed} and so on
 * @param sub finer than {@code active}
 * @param result of its last run; {@code success} or what went wrong
 * @param enabled whether, and how, it is started at boot
 * @param killMode what of its processes a stop ends
 */
public record UnitStatus(
    String load, String active, String sub, String result, String enabled, String killMode) {
  /** For {@code --property}. */
  static final String PROPERTIES = "LoadState,ActiveState,SubState,Result,UnitFileState,KillMode";

  private static final Set<String> OVER = Set.of("inactive", "failed");
  private static final Set<String> WHOLE = Set.of("", "control-group", "mixed");

  /** From lines {@code NAME=VALUE}; what is missing is empty. */
  static UnitStatus of(List<String> lines) {
    Map<String, String> told = new HashMap<>();
    for (String line : lines) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        told.put(line.substring(0, equals), line.substring(equals + 1).strip());
      }
    }
    return new UnitStatus(
        told.getOrDefault("LoadState", ""),
        told.getOrDefault("ActiveState", ""),
        told.getOrDefault("SubState", ""),
        told.getOrDefault("Result", ""),
        told.getOrDefault("UnitFileState", ""),
        told.getOrDefault("KillMode", ""));
  }

  /** Whether it runs and is not on its way to or from that. */
  public boolean runs() {
    return active.equals("active") || active.equals("reloading");
  }

  /** Whether nothing of it runs. A state that is not known counts as running. */
  boolean over() {
    return OVER.contains(active);
  }

  /** For the operator, of a unit that does not run. */
  public String told() {
    String more = result.isEmpty() || result.equals("success") ? sub : sub + ", " + result;
    return "it is " + (active.isEmpty() ? "in no known state" : active) + " (" + more + ")";
  }

  /** Why it can be no application at all; none if it can. */
  public List<String> hindrances(String unit) {
    List<String> found = new ArrayList<>();
    if (!load.equals("loaded")) {
      found.add("systemd has no unit " + unit + " (" + (load.isEmpty() ? "unknown" : load) + ")");
    } else if (!WHOLE.contains(killMode)) {
      found.add(
          unit
              + " has KillMode="
              + killMode
              + ", which lets processes outlive its stop: use control-group or mixed");
    }
    return found;
  }

  /** What an operator should change; empty if nothing. */
  public String warning(String unit) {
    boolean boots = enabled.equals("enabled") || enabled.equals("enabled-runtime");
    return boots
        ? unit
            + " is enabled at boot, where it starts before anybody knows which node may serve:"
            + " `systemctl disable "
            + unit
            + "`; Lockstep starts it"
        : "";
  }
}

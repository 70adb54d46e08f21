package io.lockstep.simulator;

import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which pairs were reached: of a role and a kind of input that its machine decided on, and of a
 * role and a kind of fault that happened to the host in it.
 */
final class Coverage {
  /** A host without an agent, for faults. */
  static final String DOWN = "DOWN";

  private static final List<String> PAIRS = new ArrayList<>();
  private static final Map<String, Integer> INDEX = new HashMap<>();
  private static final Map<Class<?>, Integer> INPUTS = new HashMap<>();

  static {
    for (Class<?> kind : RoleInput.class.getPermittedSubclasses()) {
      INPUTS.put(kind, INPUTS.size());
    }
    for (Role role : Role.values()) {
      for (Class<?> kind : RoleInput.class.getPermittedSubclasses()) {
        PAIRS.add(input(role, kind));
      }
    }
    for (Fault.Kind kind : Fault.Kind.values()) {
      PAIRS.add(fault(DOWN, kind));
      for (Role role : Role.values()) {
        PAIRS.add(fault(role.name(), kind));
      }
    }
    for (String pair : PAIRS) {
      INDEX.put(pair, INDEX.size());
    }
  }

  private final BitSet reached = new BitSet();

  private static String input(Role role, Class<?> kind) {
    return "input " + role + " " + kind.getSimpleName();
  }

  private static String fault(String role, Fault.Kind kind) {
    return "fault " + role + " " + kind;
  }

  /** All that there are: {@code input ROLE KIND} and {@code fault ROLE KIND}. */
  static List<String> pairs() {
    return List.copyOf(PAIRS);
  }

  void reachedInput(Role role, RoleInput input) {
    reached.set(role.ordinal() * INPUTS.size() + INPUTS.get(input.getClass()));
  }

  /** {@code role} by name, or {@link #DOWN}. */
  void reachedFault(String role, Fault.Kind kind) {
    reached.set(Objects.requireNonNull(INDEX.get(fault(role, kind))));
  }

  /** For {@link #parse}. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (long word : reached.toLongArray()) {
      text.append(text.isEmpty() ? "" : ",").append(Long.toHexString(word));
    }
    return text.toString();
  }

  static Coverage parse(String text) {
    Coverage coverage = new Coverage();
    if (!text.isEmpty()) {
      String[] words = text.split(",");
      long[] longs = new long[words.length];
      for (int i = 0; i < words.length; i++) {
        longs[i] = Long.parseUnsignedLong(words[i], 16);
      }
      coverage.reached.or(BitSet.valueOf(longs));
    }
    return coverage;
  }

  /** Adds one for each pair that was reached. */
  void addTo(long[] runs) {
    reached.stream().forEach(pair -> runs[pair]++);
  }
}

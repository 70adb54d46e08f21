package io.lockstep.failover.group;

import io.lockstep.failover.group.Member.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * The one line that an operator reads of a group: whether it is together, and if not, why.
 *
 * @param next recommended action; empty when there is nothing to do
 */
public record GroupVerdict(Kind kind, String line, String next) {
  /** What it comes down to. */
  public enum Kind {
    TOGETHER,
    MOVING,
    APART,
    STOPPED,
    DOWN
  }

  /** Reads the table. */
  public static GroupVerdict of(GroupSettings settings, GroupState state, List<Member> members) {
    List<Member> counted = members.stream().filter(m -> m.place() != Place.STOPPED).toList();
    long here = count(counted, Place.HERE);
    long there = count(counted, Place.THERE);
    if (counted.isEmpty()) {
      return new GroupVerdict(
          Kind.STOPPED, "STOPPED: none of its modules runs", "`lockstep start`");
    }
    if (state.errand() != null || count(counted, Place.PASSING) > 0) {
      return new GroupVerdict(Kind.MOVING, "MOVING" + moving(state, counted), "");
    }
    if (here + there == 0) {
      return new GroupVerdict(Kind.DOWN, "DOWN: " + list(settings, counted), "look at its modules");
    }
    if (here == counted.size() || there == counted.size()) {
      String node = here > 0 ? settings.node() : settings.peer();
      return new GroupVerdict(Kind.TOGETHER, "TOGETHER on " + node + stays(counted), "");
    }
    return new GroupVerdict(Kind.APART, apart(settings, members), next(settings, counted));
  }

  private static long count(List<Member> members, Place place) {
    return members.stream().filter(m -> m.place() == place).count();
  }

  private static String moving(GroupState state, List<Member> members) {
    List<String> parts = new ArrayList<>();
    if (state.errand() != null) {
      parts.add(state.errand().why());
    }
    for (Member m : members) {
      if (m.waitsToStart()) {
        parts.add(m.name() + " waits for those before it to be well");
      } else if (m.place() == Place.PASSING) {
        parts.add(m.name() + " changes nodes");
      }
    }
    return parts.isEmpty() ? "" : ": " + String.join("; ", parts);
  }

  private static String stays(List<Member> members) {
    List<String> failed = members.stream().filter(Member::failsThere).map(Member::name).toList();
    return failed.isEmpty()
        ? ""
        : "; it does not move by itself: the application of "
            + String.join(", ", failed)
            + " failed on the other node";
  }

  static String apart(GroupSettings settings, List<Member> members) {
    return "APART: " + list(settings, members);
  }

  private static String list(GroupSettings settings, List<Member> members) {
    return String.join("; ", members.stream().map(m -> one(settings, m)).toList());
  }

  private static String one(GroupSettings settings, Member m) {
    String why = m.movable() ? "" : " and cannot move: " + m.hindrance();
    return m.name()
        + switch (m.place()) {
          case HERE -> " is served by " + settings.node() + why;
          case THERE -> " is served by " + settings.peer() + why;
          case PASSING -> " changes nodes";
          case NOWHERE -> " is served by neither node: it is " + m.is();
          case STOPPED -> " is stopped";
        };
  }

  private static String next(GroupSettings settings, List<Member> members) {
    boolean all = members.stream().allMatch(m -> m.movable());
    return all
        ? "none: it comes together by itself; at once with `lockstep switchover MODULE`"
        : "mend what hinders them: " + settings.name() + " then comes together by itself";
  }
}

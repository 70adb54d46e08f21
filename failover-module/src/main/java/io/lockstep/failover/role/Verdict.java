package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;

/**
 * The one line that an operator reads of a module, with the one thing to do next: a pure table over
 * what both nodes are.
 *
 * @param next recommended action; empty when there is nothing to do
 */
public record Verdict(Kind kind, String line, String next) {
  /** What it comes down to. */
  public enum Kind {
    PROTECTED,
    /** All is well, but nothing is decided by itself. */
    MAINTENANCE,
    EXPOSED,
    RESYNCHRONIZING,
    BLOCKED,
    WAITING,
    STOPPED,
    DOWN,
    SPLIT
  }

  /**
   * What the table looks at.
   *
   * @param since when the present state began, as the operator is to read it
   * @param percent how far the reintegration is, 0 to 100
   * @param eta when it is expected to end, as the operator is to read it; empty when unknown
   */
  public record Situation(RoleState mine, String since, int percent, String eta) {}

  /** Reads the table. */
  public static Verdict of(Situation situation) {
    Verdict verdict = automatic(situation);
    RoleState s = situation.mine();
    if (s.paused()) {
      return maintained(verdict, "MAINTENANCE by " + s.pausedBy());
    }
    boolean there = s.presence() == Presence.PRESENT && s.peer() != null && s.peer().paused();
    return there ? maintained(verdict, "MAINTENANCE at " + s.settings().peer()) : verdict;
  }

  /** Nobody forgets that nothing happens by itself: the best line does not come without it. */
  private static Verdict maintained(Verdict verdict, String maintenance) {
    String end = "`lockstep resume` when it is over";
    return verdict.kind() == Kind.PROTECTED
        ? new Verdict(
            Kind.MAINTENANCE, maintenance + ": PROTECTED, but nothing is decided by itself", end)
        : new Verdict(
            verdict.kind(),
            verdict.line() + "; " + maintenance + ": nothing is decided by itself",
            verdict.next().isEmpty() || verdict.next().startsWith("none")
                ? end
                : verdict.next() + "; " + end);
  }

  /** As it is without a word on maintenance. */
  private static Verdict automatic(Situation situation) {
    RoleState s = situation.mine();
    String sinceBecause = " since " + situation.since() + " because " + s.reason();
    if (s.split() != null) {
      return new Verdict(
          Kind.SPLIT,
          "SPLIT since " + situation.since() + ": " + s.split(),
          "compare with `lockstep split show`, then `lockstep split keep NODE`");
    }
    Role serving = servingRole(s);
    if (serving != null && s.role().serves() && s.switchWhenPaired() && !s.applicationUp()) {
      if (!s.unfit().isEmpty()) {
        return new Verdict(
            Kind.DOWN,
            "DOWN because the application has to wait: " + s.unfit() + "; its data is intact",
            "mend that: the application then starts by itself, here or on the other node");
      }
      return new Verdict(
          Kind.DOWN,
          "DOWN because the application failed here; its data is intact",
          "read the application's log, mend it, then `lockstep switchover`");
    }
    if (serving == null) {
      return notServed(s, sinceBecause);
    }
    return switch (serving) {
      case PRIMARY -> paired(s, sinceBecause);
      case BLOCKED ->
          new Verdict(
              Kind.BLOCKED,
              "BLOCKED" + sinceBecause,
              "none: it ends by itself; look at the link if it comes back");
      case ALONE -> s.reintegrating() ? returning(situation) : exposed(s, sinceBecause);
      case TAKING_OVER ->
          new Verdict(Kind.DOWN, "DOWN because a takeover is under way: " + s.reason(), "");
      case STOPPED, WAITING, SECONDARY, DEMOTING -> notServed(s, sinceBecause);
    };
  }

  /** The role of whichever node serves; null when none is known to. */
  private static Role servingRole(RoleState s) {
    if (s.role().serves()) {
      return s.role();
    }
    boolean heard = s.presence() == Presence.PRESENT && s.peer() != null;
    return heard && s.peer().role().serves() ? s.peer().role() : null;
  }

  private static Verdict paired(RoleState s, String sinceBecause) {
    boolean whole = s.linkUp() && (s.role() == Role.PRIMARY || couldTakeOver(s));
    if (whole && s.doubt()) {
      return new Verdict(
          Kind.EXPOSED,
          "EXPOSED: every change is on both nodes, but the arbiter has not confirmed that the"
              + " other may take over",
          "bring the arbiter back");
    }
    return whole ? new Verdict(Kind.PROTECTED, "PROTECTED", goesBack(s)) : exposed(s, sinceBecause);
  }

  private static String goesBack(RoleState s) {
    long afterNs = s.settings().failbackNs();
    if (s.role() != Role.PRIMARY || afterNs == Long.MAX_VALUE) {
      return "";
    }
    return "none: it goes back to "
        + s.settings().peer()
        + " by itself, "
        + afterNs / 1_000_000_000
        + " s after the last disturbance";
  }

  /** Whether this node, whose peer serves, follows it and may be the next to serve. */
  private static boolean couldTakeOver(RoleState s) {
    return s.role() == Role.SECONDARY && s.eligible() && s.dataState() == DataState.UP_TO_DATE;
  }

  private static Verdict exposed(RoleState s, String sinceBecause) {
    String next =
        s.linkUp()
            ? "none: the return begins by itself; `lockstep log` if it does not"
            : "bring the other node or the network between them back";
    return new Verdict(Kind.EXPOSED, "EXPOSED" + sinceBecause, next);
  }

  private static Verdict returning(Situation situation) {
    String eta = situation.eta().isEmpty() ? "" : " eta " + situation.eta();
    return new Verdict(
        Kind.RESYNCHRONIZING, "RESYNCHRONIZING " + situation.percent() + "%" + eta, "");
  }

  private static Verdict notServed(RoleState s, String sinceBecause) {
    if (s.role() == Role.STOPPED) {
      return s.booted() && !s.stoppedBy().isEmpty()
          ? new Verdict(Kind.STOPPED, "STOPPED by " + s.stoppedBy(), "`lockstep start`")
          : new Verdict(Kind.STOPPED, "STOPPED: " + s.reason(), "");
    }
    if (s.role() == Role.DEMOTING) {
      return new Verdict(Kind.DOWN, "DOWN because the service changes nodes: " + s.reason(), "");
    }
    if (s.role() == Role.SECONDARY) {
      return new Verdict(
          Kind.DOWN,
          "DOWN" + sinceBecause,
          s.paused()
              ? "if the peer is lost, `lockstep start --force` here"
              : "none: it takes over when the peer stays silent");
    }
    return new Verdict(
        Kind.WAITING,
        "WAITING for " + (s.linkUp() ? "a decision" : "the peer") + sinceBecause,
        s.linkUp()
            ? "`lockstep log` says what hinders it"
            : "start the other node; only if it is lost: `lockstep start --force`");
  }
}

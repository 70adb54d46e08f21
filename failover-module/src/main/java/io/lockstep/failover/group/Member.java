package io.lockstep.failover.group;

import io.lockstep.failover.role.Presence;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import java.util.concurrent.TimeUnit;

/**
 * One module of a group as this node sees it: from its own role machine, and what the peer says.
 *
 * @param leaving whether this node takes its service down
 * @param hindrance why it cannot go from the node that serves it to the other in good order; empty
 *     when it can
 * @param applicationUp whether its application was started here and not stopped since
 * @param well whether that runs and has passed a check since it was started
 * @param wantsAway whether its application failed here beyond its budget, and the peer is to try
 * @param failsHere whether its application failed here and was not started since
 * @param failsThere the same of the peer
 * @param paused whether decisions about it are left to the operator, on either node
 * @param waitsToStart whether only the word of the group is missing for its application to start
 * @param handedOver whether this node is taking it over from a peer that may be moving all that it
 *     serves; not when the peer's copy failed, for which that one module goes
 * @param order number of the last order of the group that its role machine has decided on
 * @param undisturbedNs for how long it has been in sync with this node serving; 0 otherwise
 * @param is what it is, for the operator
 */
public record Member(
    String name,
    Place place,
    boolean leaving,
    String hindrance,
    boolean applicationUp,
    boolean well,
    boolean wantsAway,
    boolean failsHere,
    boolean failsThere,
    boolean paused,
    boolean waitsToStart,
    boolean handedOver,
    long order,
    long undisturbedNs,
    String is) {
  /** Who serves a member. */
  public enum Place {
    /** This node. */
    HERE,
    /** The peer. */
    THERE,
    /** A takeover or hand-over is under way on either node. */
    PASSING,
    /** Neither, though it is not stopped. */
    NOWHERE,
    /** Stopped by an operator or a failure: the others do without it. */
    STOPPED
  }

  /**
   * As its role machine has it.
   *
   * @param well whether its application runs and has passed a check since it was started
   */
  public static Member of(String name, RoleState s, boolean well, long nowNs) {
    boolean heard = s.presence() == Presence.PRESENT && s.peer() != null;
    Place place = place(s, heard);
    boolean paired = s.role() == Role.PRIMARY;
    return new Member(
        name,
        place,
        s.role() == Role.DEMOTING,
        hindrance(s, place),
        s.applicationUp(),
        well,
        s.switchWhenPaired() && !s.applicationUp() && nowNs >= s.applicationFailedNs(),
        s.applicationFailedNs() != Long.MAX_VALUE,
        heard && s.peer().applicationFails(),
        s.paused() || (heard && s.peer().paused()),
        s.waitsToStart(),
        handedOver(s),
        s.groupOrder(),
        paired ? nowNs - s.sinceNs() : 0,
        s.role() + " (its copy here is " + s.dataState() + "): " + s.reason());
  }

  private static boolean handedOver(RoleState s) {
    return s.role() == Role.TAKING_OVER
        && s.peer() != null
        && s.peer().dataState() == DataState.UP_TO_DATE;
  }

  private static Place place(RoleState s, boolean heard) {
    if (s.role() == Role.TAKING_OVER || s.role() == Role.DEMOTING || !s.booted()) {
      return Place.PASSING;
    }
    if (s.role().serves()) {
      return Place.HERE;
    }
    if (heard && (s.peer().role() == Role.TAKING_OVER || s.peer().role() == Role.DEMOTING)) {
      return Place.PASSING;
    }
    if (heard && s.peer().role().serves()) {
      return Place.THERE;
    }
    return s.role() == Role.STOPPED ? Place.STOPPED : Place.NOWHERE;
  }

  private static String hindrance(RoleState s, Place place) {
    if (place == Place.HERE) {
      String why = s.handOverHindrance();
      boolean paired = s.role() == Role.PRIMARY;
      return why != null ? why : paired ? "" : "it is " + s.role() + " on this node";
    }
    if (place != Place.THERE) {
      return "it is " + s.role() + ": " + s.reason();
    }
    if (s.peer().role() != Role.PRIMARY) {
      return "it is " + s.peer().role() + " on the peer";
    }
    boolean follows = s.role() == Role.SECONDARY && s.eligible() && s.linkUp();
    if (!follows || s.dataState() != DataState.UP_TO_DATE) {
      return "this node's copy is " + s.dataState() + (s.linkUp() ? "" : " and there is no link");
    }
    return "";
  }

  /** Whether it can go from the node that serves it to the other in good order. */
  boolean movable() {
    return hindrance.isEmpty();
  }

  /** Whether others that build on it may start. */
  boolean ready() {
    return place == Place.THERE
        || place == Place.STOPPED
        || (place == Place.HERE && applicationUp && well);
  }

  static long seconds(long ns) {
    return TimeUnit.NANOSECONDS.toSeconds(ns);
  }
}

package io.lockstep.agent.replay;

import io.lockstep.failover.replay.Replay;
import io.lockstep.failover.replay.Session;
import io.lockstep.failover.role.Goal;
import io.lockstep.failover.role.Presence;
import io.lockstep.failover.role.RoleState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Why a node did nothing at a moment: the state that its role machine was in, in a sentence. */
public final class Moment {
  private Moment() {}

  /**
   * From the recordings in a module's state directory; empty where they do not reach.
   *
   * @throws IOException if they cannot be read
   */
  public static Optional<String> of(Path directory, Instant at) throws IOException {
    List<Path> files = RecordingLog.files(directory);
    for (int i = files.size() - 1; i >= 0; i--) {
      List<Session> sessions = Recording.read(files.get(i)).sessions();
      for (int s = sessions.size() - 1; s >= 0; s--) {
        Session session = sessions.get(s);
        if (!Instant.ofEpochMilli(session.begin().wallMs()).isAfter(at)) {
          return covered(session, at);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> covered(Session session, Instant at) {
    long atNs =
        session.begin().nowNs() + (at.toEpochMilli() - session.begin().wallMs()) * 1_000_000;
    return atNs > session.endNs()
        ? Optional.empty()
        : Optional.of(sentence(Replay.at(session, atNs), atNs));
  }

  /** Of a state at a moment of its clock. */
  static String sentence(RoleState s, long nowNs) {
    String heard = heard(s, nowNs);
    if (s.paused()) {
      return "It decided nothing by itself: maintenance by " + s.pausedBy() + "; " + heard + ".";
    }
    if (s.goal() != Goal.NONE) {
      String under = s.inFlight() == null ? "" : ", waiting for " + s.inFlight();
      return "It was under way to %s%s; %s.".formatted(s.goal(), under, heard);
    }
    return switch (s.role()) {
      case SECONDARY -> secondary(s, heard);
      case WAITING -> "It did not serve: " + s.reason() + "; " + heard + ".";
      case BLOCKED -> blocked(s, nowNs, heard);
      case STOPPED -> "It did nothing: stopped by " + s.stoppedBy() + ".";
      case PRIMARY, ALONE -> "It served on as " + s.role() + ": " + s.reason() + "; " + heard + ".";
      case TAKING_OVER, DEMOTING -> "It was passing through " + s.role() + "; " + heard + ".";
    };
  }

  private static String secondary(RoleState s, String heard) {
    if (!s.eligible()) {
      return "It did not take over, and must not have: its copy was not in sync; " + heard + ".";
    }
    String bound =
        s.presence() == Presence.PRESENT
            ? ", and a takeover needs "
                + ReplayReport.seconds(s.settings().takeoverAfterNs())
                + " of silence"
            : "";
    return "It did not take over: " + heard + bound + ".";
  }

  private static String blocked(RoleState s, long nowNs, String heard) {
    String until =
        s.askAtNs() == Long.MAX_VALUE
            ? "it asked whether it may run alone"
            : "it asks to run alone in " + ReplayReport.seconds(Math.max(0, s.askAtNs() - nowNs));
    return "It acknowledged nothing: " + s.reason() + "; " + until + "; " + heard + ".";
  }

  private static String heard(RoleState s, long nowNs) {
    if (s.peer() == null) {
      return "the peer was not heard yet";
    }
    String ago =
        "the newest heartbeat of the peer, "
            + s.peer().role()
            + ", came "
            + ReplayReport.seconds(nowNs - s.peerHeardNs())
            + " before";
    return switch (s.presence()) {
      case PRESENT -> ago;
      case SILENT -> ago + ": it counted as silent";
      case GONE -> ago + ": it was gone";
      case UNKNOWN -> ago + ": nothing that could be relied on since this node stood still";
    };
  }
}

package io.lockstep.failover.replay;

import io.lockstep.failover.replay.Run.Mismatch;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;

/** Gives a recording's inputs to the role machine again. */
public final class Replay {
  private Replay() {}

  /** As it was recorded: every input at its time, under the recorded times. */
  public static Run asRecorded(Session session) {
    return play(session, Long.MAX_VALUE).ended(session.endNs());
  }

  /** The state at a moment of the session. */
  public static RoleState at(Session session, long atNs) {
    return play(session, atNs).state;
  }

  /** Under other times; what the recording cannot tell is made up, see {@link WhatIf}. */
  public static Run under(Session session, RoleSettings settings) {
    return new WhatIf(session, play(session, Long.MAX_VALUE), settings).run();
  }

  private static Playing play(Session session, long untilNs) {
    Playing playing = new Playing(session);
    for (Entry entry : session.taken()) {
      if (entry instanceof Entry.Took took && took.nowNs() <= untilNs) {
        playing.take(took.input(), took.nowNs());
        Role role = playing.state.role();
        if (role != took.role()) {
          playing.other.add(new Mismatch(took.nowNs(), took.input(), took.role(), role));
        }
      } else if (entry instanceof Entry.Heard heard && playing.state.peer() != null) {
        for (long atNs : heard.atNs()) {
          if (atNs <= untilNs) {
            playing.take(new RoleInput.PeerHeard(playing.state.peer(), atNs), atNs);
          }
        }
      }
    }
    return playing;
  }
}

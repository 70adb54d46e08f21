package io.lockstep.failover.replay;

import io.lockstep.failover.replay.Run.Answer;
import io.lockstep.failover.replay.Run.Mismatch;
import io.lockstep.failover.replay.Run.Silence;
import io.lockstep.failover.replay.Run.Transition;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleMachine;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import java.util.ArrayList;
import java.util.List;

/** A machine that is being played, and what it did so far. */
final class Playing {
  private static final long SILENCE_INTERVALS = 2;

  /** An input, and when it came. */
  record Taken(long nowNs, RoleInput input) {}

  RoleState state;
  final List<Taken> taken = new ArrayList<>();
  final List<Transition> transitions = new ArrayList<>();
  final List<Answer> answers = new ArrayList<>();
  final List<Mismatch> other = new ArrayList<>();
  final List<String> modelled = new ArrayList<>();
  private final List<Silence> silences = new ArrayList<>();
  private long heardNs = Long.MIN_VALUE;

  Playing(Session session) {
    state = session.state();
    if (state.inFlight() != null) {
      answers.add(new Answer(state.inFlight(), session.begin().nowNs(), Long.MAX_VALUE, null));
    }
    if (state.peer() != null) {
      heardNs = state.peerHeardNs();
    }
  }

  /** Takes one input; answers the effects that are tracked, in order. */
  List<RoleEffect> take(RoleInput input, long nowNs) {
    RoleState before = state;
    taken.add(new Taken(nowNs, input));
    if (input instanceof RoleInput.PeerHeard) {
      silence(nowNs);
      heardNs = nowNs;
    }
    answer(input, nowNs);
    Step step = RoleMachine.step(before, input, nowNs);
    state = step.state();
    if (before.role() != state.role()) {
      transitions.add(new Transition(nowNs, before, state, input, step.because()));
    }
    List<RoleEffect> tracked = step.effects().stream().filter(RoleEffect::tracked).toList();
    for (RoleEffect effect : tracked) {
      answers.add(new Answer(effect, nowNs, Long.MAX_VALUE, null));
    }
    return tracked;
  }

  private void answer(RoleInput input, long nowNs) {
    RoleEffect ended = state.inFlight();
    int newest = answers.size() - 1;
    if (ended != null && newest >= 0 && Answers.ends(input, ended)) {
      answers.set(newest, new Answer(ended, answers.get(newest).givenNs(), nowNs, input));
    }
  }

  /** Two heartbeats in a row are no silence. */
  private void silence(long nowNs) {
    long interval = state.settings().heartbeatNs();
    if (heardNs != Long.MIN_VALUE && nowNs - heardNs > SILENCE_INTERVALS * interval) {
      silences.add(new Silence(heardNs, nowNs - heardNs));
    }
  }

  Run ended(long nowNs) {
    silence(nowNs);
    return new Run(
        List.copyOf(transitions),
        List.copyOf(answers),
        List.copyOf(other),
        List.copyOf(silences),
        modelled.stream().distinct().toList(),
        state);
  }
}

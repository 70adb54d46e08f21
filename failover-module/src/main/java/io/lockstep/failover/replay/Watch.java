package io.lockstep.failover.replay;

import io.lockstep.failover.heartbeat.HeartbeatMachine;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Input;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Output;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.failover.role.Presence;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds silence in the recorded heartbeats anew, under other times, with production's own heartbeat
 * machine. Between two that came as often as was configured then, the peer counts as heard all the
 * time: under a shorter interval it would have sent more.
 */
final class Watch {
  private static final int PATH = 0;

  private final long wasIntervalNs;
  private HeartbeatMachine.State state;
  private long steadyUntilNs = Long.MIN_VALUE;

  Watch(Session session, RoleSettings settings) {
    RoleState begin = session.state();
    long nowNs = session.begin().nowNs();
    this.wasIntervalNs = session.settings().heartbeatNs();
    HeartbeatSettings times =
        new HeartbeatSettings(settings.heartbeatNs(), settings.takeoverAfterNs());
    state = HeartbeatMachine.State.initial(times, 1, nowNs);
    if (begin.presence() == Presence.PRESENT) {
      state = since(state, begin.peerHeardNs());
    } else if (begin.presence() == Presence.SILENT || begin.presence() == Presence.GONE) {
      step(new Input.Left(), nowNs);
    }
  }

  private static HeartbeatMachine.State since(HeartbeatMachine.State s, long heardNs) {
    return new HeartbeatMachine.State(
        s.settings(),
        s.heardNs(),
        s.unreachable(),
        s.lastTickNs(),
        s.nextSendNs(),
        heardNs,
        s.away());
  }

  /** What is told before that is. */
  List<RoleInput> before(World.Event event) {
    if (event.input() instanceof RoleInput.PeerHeard) {
      boolean steady = event.nextHeardNs() - event.nowNs() <= 2 * wasIntervalNs;
      steadyUntilNs = steady ? event.nextHeardNs() : Long.MIN_VALUE;
      return step(new Input.Heard(PATH), event.nowNs());
    }
    if (event.input() instanceof RoleInput.Goodbye) {
      steadyUntilNs = Long.MIN_VALUE;
      return step(new Input.Left(), event.nowNs());
    }
    if (event.input() instanceof RoleInput.Frozen) {
      return step(new Input.Tick(), event.nowNs());
    }
    return List.of();
  }

  /** What time brings. */
  List<RoleInput> tick(long nowNs) {
    List<RoleInput> inputs = new ArrayList<>();
    if (nowNs < steadyUntilNs) {
      inputs.addAll(step(new Input.Heard(PATH), nowNs));
    }
    inputs.addAll(step(new Input.Tick(), nowNs));
    return inputs;
  }

  private List<RoleInput> step(Input input, long nowNs) {
    HeartbeatMachine.Step step = HeartbeatMachine.step(state, input, nowNs);
    state = step.state();
    List<RoleInput> inputs = new ArrayList<>();
    for (Output output : step.outputs()) {
      // that the process stood still is in the recording
      if (output instanceof Output.Silent silent) {
        inputs.add(new RoleInput.PeerSilent(silent.silentNs()));
      } else if (output instanceof Output.Back) {
        inputs.add(new RoleInput.PeerBack());
      }
    }
    return inputs;
  }
}

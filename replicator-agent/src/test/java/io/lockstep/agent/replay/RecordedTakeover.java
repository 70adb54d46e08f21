package io.lockstep.agent.replay;

import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.DurableStanding;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleMachine;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * desk-b's role machine in made-up time, with effects that are done after 20 ms each: it follows
 * its peer, loses it and takes over.
 */
public final class RecordedTakeover {
  static final long TICK_NS = 100_000_000;
  private static final long MS = 1_000_000;
  private long nowNs = 5_000 * MS;
  private RecordingLog log;
  RoleState state = initial();

  private static RoleState initial() {
    return RoleState.initial(
        RoleSettings.of("desk-b", "desk-a", 1_000 * MS, 30_000 * MS, 6_000 * MS));
  }

  RecordedTakeover into(RecordingLog to) {
    log = to;
    return this;
  }

  /** So often, and has it back each time. */
  void loseTheLink(int times) {
    for (int i = 0; i < times; i++) {
      take(new RoleInput.LinkDown("cut for the " + i + ". time"));
      take(new RoleInput.LinkUp());
    }
  }

  /** 20 s of heartbeats of a primary that it follows, then none for half a minute. */
  void followThenLose() {
    PeerStatus primary = PeerStatus.of(Role.PRIMARY, new Generation(1, 1), DataState.UP_TO_DATE);
    take(
        new RoleInput.Boot(
            new DurableStanding(
                primary.generation(), 0, false, false, "", true, DataState.UP_TO_DATE, "", true)));
    take(new RoleInput.LinkUp());
    take(new RoleInput.PeerHeard(primary));
    take(new RoleInput.Contact(new ContactVerdict.Resume(Side.PEER, "short"), primary));
    for (int i = 0; i < 200; i++) {
      pass();
      if (i % 10 == 9) {
        take(new RoleInput.PeerHeard(primary));
      }
    }
    for (int i = 0; i < 300; i++) {
      pass();
    }
    take(new RoleInput.PeerSilent(30_000 * MS));
    pass();
  }

  private void pass() {
    nowNs += TICK_NS;
    take(new RoleInput.Tick());
  }

  private void take(RoleInput input) {
    Deque<RoleInput> inputs = new ArrayDeque<>(List.of(input));
    while (!inputs.isEmpty()) {
      RoleInput next = inputs.remove();
      Step step = RoleMachine.step(state, next, nowNs);
      log.took(nowNs, state, next, step);
      state = step.state();
      for (RoleEffect effect : step.effects()) {
        if (effect.tracked()) {
          nowNs += 20 * MS;
          inputs.add(answer(effect));
        }
      }
    }
  }

  private static RoleInput answer(RoleEffect effect) {
    return effect instanceof RoleEffect.AskArbiter
        ? new RoleInput.Granted(0)
        : new RoleInput.EffectDone(effect, 20, new Generation(7, 7), 42);
  }

  /** Into a directory, as the recording of module desk. */
  public static void write(Path directory) {
    LogLimits limits = new LogLimits(8, 4 << 20);
    try (RecordingLog log = new RecordingLog(directory, "desk", TICK_NS, () -> limits)) {
      new RecordedTakeover().into(log).followThenLose();
    }
  }
}

package io.lockstep.failover.role;

import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Drives one machine in virtual time, with a shell that answers at once unless told otherwise. */
final class Script {
  static final long MS = 1_000_000;
  static final RoleSettings SETTINGS =
      RoleSettings.of("a", "b", 1_000 * MS, 30_000 * MS, 6_000 * MS);
  static final Generation G1 = new Generation(1, 1);
  static final Generation G2 = new Generation(2, 2);

  RoleState state = RoleState.initial(SETTINGS);
  long now = 1_000 * MS;
  final List<RoleEffect> done = new ArrayList<>();
  final List<String> because = new ArrayList<>();
  Predicate<RoleEffect> fails = e -> false;
  Predicate<RoleEffect> hangs = e -> false;
  RoleInput arbiter = new RoleInput.Granted(0);
  private long generations = 100;

  /** Takes inputs, each with everything that follows from it. */
  Script take(RoleInput... inputs) {
    for (RoleInput input : inputs) {
      List<RoleInput> queue = new ArrayList<>(List.of(input));
      while (!queue.isEmpty()) {
        Step step = RoleMachine.step(state, queue.remove(0), now);
        state = step.state();
        because.add(step.because());
        for (RoleEffect effect : step.effects()) {
          done.add(effect);
          if (effect.tracked() && !hangs.test(effect)) {
            queue.add(answer(effect));
          }
        }
      }
    }
    return this;
  }

  RoleInput answer(RoleEffect effect) {
    if (fails.test(effect)) {
      return new RoleInput.EffectFailed(effect, "broken");
    }
    if (effect instanceof AskArbiter) {
      return arbiter;
    }
    Generation drawn = null;
    if (effect instanceof RoleEffect.Persist p
        && p.change() instanceof Change.BeginGeneration begin
        && begin.stage() != Change.Stage.COMMIT) {
      drawn = new Generation(generations, generations++);
    }
    long sequence = effect instanceof RoleEffect.AwaitAcks ? 42 : -1;
    return new RoleInput.EffectDone(effect, 1, drawn, sequence);
  }

  /** Lets time pass, ticking ten times a second. */
  Script pass(long ms) {
    for (long end = now + ms * MS; now < end; ) {
      now += 100 * MS;
      take(new RoleInput.Tick());
    }
    return this;
  }

  Script hear(Role role, Generation generation, DataState data) {
    return take(new RoleInput.PeerHeard(PeerStatus.of(role, generation, data)));
  }

  Script forget() {
    done.clear();
    because.clear();
    return this;
  }

  /** Names of the tracked effects so far. */
  List<String> steps() {
    return done.stream().filter(RoleEffect::tracked).map(Script::name).toList();
  }

  static String name(RoleEffect effect) {
    if (effect instanceof RoleEffect.Persist p) {
      return p.change() instanceof Change.BeginGeneration b
          ? b.stage().toString()
          : p.change().getClass().getSimpleName();
    }
    return effect.getClass().getSimpleName();
  }

  boolean told(Class<? extends PeerMessage> type) {
    return done.stream()
        .anyMatch(e -> e instanceof RoleEffect.Tell tell && type.isInstance(tell.message()));
  }

  /** Whether there was an effect of this type. */
  boolean gave(Class<? extends RoleEffect> type) {
    return done.stream().anyMatch(type::isInstance);
  }

  /** What an operator reads now. */
  Verdict verdict() {
    return Verdict.of(new Verdict.Situation(state, "now", 0, ""));
  }

  /** A secondary of the same history that says that the application does not run there. */
  PeerStatus failingPeer() {
    return new PeerStatus(
        Role.SECONDARY, state.generation(), 0, DataState.UP_TO_DATE, false, -1, true, false);
  }

  static DurableStanding record(boolean alone, DataState data) {
    return new DurableStanding(G1, 0, false, alone, "", true, data, "", true);
  }

  static DurableStanding stoppedRecord(DataState data) {
    return new DurableStanding(G1, 0, true, false, "an operator", true, data, "", true);
  }

  /** A node in the role, with nothing under way. */
  static Script in(Role role) {
    Script s = new Script();
    switch (role) {
      case STOPPED ->
          s.take(
              new RoleInput.Boot(
                  new DurableStanding(
                      G1, 0, true, false, "op", true, DataState.CONSISTENT, "", true)));
      case WAITING -> s.take(new RoleInput.Boot(record(false, DataState.UP_TO_DATE)));
      case ALONE -> s.take(new RoleInput.Boot(record(true, DataState.UP_TO_DATE))).pass(3_000);
      case SECONDARY ->
          s.take(
              new RoleInput.Boot(record(false, DataState.UP_TO_DATE)),
              new RoleInput.LinkUp(),
              new RoleInput.PeerHeard(PeerStatus.of(Role.PRIMARY, G1, DataState.UP_TO_DATE)),
              new RoleInput.Contact(
                  new io.lockstep.failover.contact.ContactVerdict.Resume(
                      io.lockstep.failover.contact.Side.PEER, "resume"),
                  PeerStatus.of(Role.PRIMARY, G1, DataState.UP_TO_DATE)));
      case PRIMARY -> {
        s = in(Role.ALONE);
        PeerStatus peer = PeerStatus.of(Role.SECONDARY, s.state.generation(), DataState.UP_TO_DATE);
        s.take(
            new RoleInput.LinkUp(),
            new RoleInput.Contact(
                new io.lockstep.failover.contact.ContactVerdict.Source(
                    io.lockstep.failover.contact.Side.ME,
                    io.lockstep.failover.contact.Extent.BY_MAP,
                    "returns"),
                peer),
            new RoleInput.LastRound(),
            new RoleInput.ReintegrationDone(s.state.generation()),
            new RoleInput.PeerHeard(peer));
      }
      case BLOCKED -> s = in(Role.PRIMARY).take(new RoleInput.LinkDown("cut"));
      case TAKING_OVER -> {
        s = in(Role.SECONDARY);
        s.hangs = e -> e instanceof RoleEffect.DrainJournal;
        s.take(new RoleInput.PeerSilent(30_000 * MS));
      }
      case DEMOTING -> {
        s = in(Role.PRIMARY);
        s.hangs = e -> e instanceof RoleEffect.StopApplication;
        s.take(new RoleInput.Switchover("", "op"));
      }
    }
    if (s.state.role() != role) {
      throw new AssertionError("wanted " + role + ", is " + s.state + " " + s.because);
    }
    return s.forget();
  }
}

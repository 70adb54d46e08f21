package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.ArbiterDesk;
import io.lockstep.failover.arbiter.Claim;
import io.lockstep.failover.arbiter.MemoryArbiter;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.SplitBallot;
import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.replay.Recorder;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * One node of a {@link ModelPair}: its durable record, its copy (the writes it holds, in order),
 * and its role machine with a shell that performs effects at once.
 */
final class ModelNode {
  final ModelPair pair;
  final String name;
  final UUID incarnation;
  boolean up;
  RoleState state;

  // durable
  Generation generation;
  Ancestor intent;
  List<Ancestor> history = new ArrayList<>();
  Role standing = Role.WAITING;
  String stoppedBy = "";
  boolean clean;
  DataState data = DataState.UP_TO_DATE;
  Generation yieldsTo = Generation.NONE;
  final List<Integer> copy = new ArrayList<>();
  long last;

  private long aloneSinceMs;

  /** How often it put its branch of a split aside. */
  int quarantined;

  // of the running process
  boolean streaming;
  boolean tracking;
  Map<Integer, Boolean> waiting = new LinkedHashMap<>();
  ContactRecord peerRecord;
  boolean mounted;
  private ArbiterDesk desk;
  private Recorder recorder;

  /** What its machine was given, over all its lives. */
  final List<Entry> recording = new ArrayList<>();

  /** Its states after every change of role, over all its lives. */
  final List<RoleState> roles = new ArrayList<>();

  // durable
  private long view;

  ModelNode(ModelPair pair, String name, long id, Generation first) {
    this.pair = pair;
    this.name = name;
    this.incarnation = new UUID(0, id);
    this.generation = first;
    if (!first.isNone()) {
      this.history.add(new Ancestor(first, Generation.NONE, 0));
    }
  }

  ModelNode peer() {
    return pair.a == this ? pair.b : pair.a;
  }

  void boot() {
    up = true;
    streaming = false;
    tracking = false;
    mounted = false;
    waiting = new LinkedHashMap<>();
    peerRecord = null;
    RoleSettings settings = RoleSettings.of(name, peer().name, pair.s(1), pair.s(30), pair.s(6));
    state = RoleState.initial(pair.store == null ? settings : settings.withArbiter());
    if (pair.store != null) {
      desk = new ArbiterDesk(new MemoryArbiter(pair.store, () -> pair.fate(this)));
    }
    keep();
    recorder = new Recorder();
    recording.add(new Entry.Begin("m", pair.now / 1_000_000, pair.now, 100_000_000, true, state));
    take(
        new RoleInput.Boot(
            new DurableStanding(
                generation,
                view,
                !stoppedBy.isEmpty(),
                standing == Role.ALONE,
                stoppedBy,
                clean,
                data,
                "",
                true)));
  }

  /** Puts what the recorder holds back into the recording. */
  void keep() {
    if (recorder != null) {
      recording.addAll(recorder.rest());
    }
  }

  void take(RoleInput input) {
    if (up) {
      pair.queue.add(() -> step(input));
      pair.drain();
    }
  }

  private void step(RoleInput input) {
    if (!up) {
      return;
    }
    Step step = RoleMachine.step(state, input, pair.now);
    recording.addAll(recorder.took(pair.now, state, input, step));
    if (state.role() != step.state().role()) {
      roles.add(step.state());
    }
    state = step.state();
    if (!(input instanceof RoleInput.Tick) && !(input instanceof RoleInput.PeerHeard)) {
      pair.note(name, state.role(), input, ":", step.because());
    }
    for (RoleEffect effect : step.effects()) {
      pair.queue.add(() -> perform(effect));
    }
  }

  private void perform(RoleEffect effect) {
    if (!up) {
      return;
    }
    if (!(effect instanceof RoleEffect.Event)) {
      pair.note(name, " ", effect);
    }
    if (effect instanceof RoleEffect.AskArbiter ask) {
      RoleEffect.Question question = ask.question();
      RoleInput answer = desk == null ? new RoleInput.Granted(0) : desk.ask(question, claim());
      if (desk != null) {
        pair.note(name, " ", answer, pair.store.record());
      }
      take(answer);
      return;
    }
    Generation drawn = null;
    long sequence = -1;
    if (effect instanceof RoleEffect.Persist persist) {
      drawn = persist(persist.change());
    } else if (effect instanceof RoleEffect.TrackAlone) {
      tracking = true;
    } else if (effect instanceof RoleEffect.ReleaseWaiting) {
      waiting.keySet().forEach(this::acknowledge);
      waiting.clear();
    } else if (effect instanceof RoleEffect.FailWaiting) {
      waiting.clear();
    } else if (effect instanceof RoleEffect.FenceStream fence) {
      peer().streaming = false;
      if (fence.finalSequence() >= 0 && fence.finalSequence() != last) {
        take(new RoleInput.EffectFailed(effect, "ends at " + last));
        return;
      }
    } else if (effect instanceof RoleEffect.Mount) {
      assertThat(waiting).as(pair::story).isEmpty();
      mounted = true;
    } else if (effect instanceof RoleEffect.AddAddresses && pair.addressTakenFor == this) {
      take(new RoleInput.EffectFailed(effect, "another host answers at the address"));
      return;
    } else if (effect instanceof RoleEffect.Unmount) {
      mounted = false;
    } else if (effect instanceof RoleEffect.AwaitAcks) {
      if (!streaming || !waiting.isEmpty()) {
        take(new RoleInput.EffectFailed(effect, "the peer does not acknowledge"));
        return;
      }
      sequence = last;
    } else if (effect instanceof RoleEffect.AwaitSettled) {
      if (!waiting.isEmpty()) {
        take(new RoleInput.EffectFailed(effect, "operations wait for the peer"));
        return;
      }
    } else if (effect instanceof RoleEffect.ResumeStream) {
      resume();
    } else {
      untracked(effect);
    }
    if (effect.tracked()) {
      take(new RoleInput.EffectDone(effect, 1, drawn, sequence));
    }
  }

  private Claim claim() {
    Set<Generation> lineage = new HashSet<>();
    for (Ancestor fork : history) {
      lineage.add(fork.generation());
    }
    return new Claim(
        incarnation,
        peer().incarnation,
        generation,
        lineage,
        standing == Role.ALONE,
        state.eligible(),
        pair.linkUp(),
        state.peerConsents(),
        state.peerServesThis());
  }

  private void untracked(RoleEffect effect) {
    quarantined += effect instanceof RoleEffect.Quarantine ? 1 : 0;
    if (effect instanceof RoleEffect.LookAgain) {
      pair.compare();
    } else if (effect instanceof RoleEffect.Tell tell && pair.linkUp()) {
      peer().take(new RoleInput.PeerSays(tell.message()));
    } else if (effect instanceof RoleEffect.Reintegrate) {
      pair.reintegrationBegun(this);
    } else if (effect instanceof RoleEffect.StopReintegration) {
      pair.reintegrationEnded(this);
    } else if (effect instanceof RoleEffect.ConfirmInSync) {
      pair.confirmed(this);
    } else if (effect instanceof RoleEffect.Goodbye goodbye && pair.netUp) {
      peer().take(new RoleInput.Goodbye(goodbye.clean(), goodbye.clean() ? last : -1));
    } else if (effect instanceof RoleEffect.ShutdownComplete) {
      pair.stopProcess(this);
    }
  }

  /** The primary's half of a resumed stream carries over what waited. */
  private void resume() {
    if (state.role() == Role.BLOCKED || state.role() == Role.PRIMARY) {
      streaming = true;
      tracking = false;
      for (Integer write : new ArrayList<>(waiting.keySet())) {
        if (peer().last < last) {
          peer().append(write);
        }
        waiting.remove(write);
        acknowledge(write);
      }
    }
  }

  private Generation persist(Change change) {
    if (change instanceof Change.BeginGeneration begin) {
      return switch (begin.stage()) {
        case INTENT -> {
          intent = new Ancestor(pair.draw(), generation, last);
          yield intent.generation();
        }
        case COMMIT -> {
          began(intent);
          yield null;
        }
        case ALONE -> {
          Ancestor fork = new Ancestor(pair.draw(), generation, last - waiting.size());
          began(fork);
          yield fork.generation();
        }
      };
    } else if (change instanceof Change.Promise promise) {
      assertThat(promise.view()).as(pair::story).isGreaterThan(view);
      view = promise.view();
    } else if (change instanceof Change.AbandonIntent) {
      intent = null;
    } else if (change instanceof Change.Standing s) {
      if (s.role() == Role.STOPPED) {
        stoppedBy = s.who();
      } else {
        stoppedBy = "";
        standing = s.role() == Role.WAITING ? standing : s.role();
        clean &= s.role() != Role.SECONDARY;
      }
    } else if (change instanceof Change.Data d) {
      data = d.dataState();
    } else if (change instanceof Change.Followed f) {
      generation = f.generation();
      history = new ArrayList<>(peer().history);
      standing = Role.SECONDARY;
      data = DataState.UP_TO_DATE;
      clean = false;
      yieldsTo = Generation.NONE;
    } else if (change instanceof Change.StepDown down) {
      standing = down.alone() ? Role.ALONE : Role.WAITING;
      clean = down.clean();
      data = down.dataState();
    } else if (change instanceof Change.DropBranch drop) {
      while (!generation.equals(drop.back())) {
        generation = history.remove(0).parent();
      }
      standing = Role.WAITING;
    } else if (change instanceof Change.YieldTo yield) {
      yieldsTo = yield.keeps();
      data = DataState.OUTDATED;
    }
    return null;
  }

  private void began(Ancestor fork) {
    generation = fork.generation();
    history.add(0, fork);
    intent = null;
    standing = Role.ALONE;
    data = DataState.UP_TO_DATE;
    clean = false;
    streaming = false;
    aloneSinceMs = pair.now / 1_000_000;
  }

  void append(int write) {
    copy.add(write);
    last++;
  }

  void acknowledge(int write) {
    pair.acknowledged.add(write);
  }

  /** The application writes. */
  void write(int number) {
    if (!up || !mounted || state.role() == Role.STOPPED) {
      return;
    }
    switch (state.role()) {
      case PRIMARY, BLOCKED -> writeThrough(number);
      case ALONE -> {
        if (standing == Role.PRIMARY) {
          writeThrough(number); // the peer is being let back in
        } else if (tracking) {
          append(number);
          boolean dual = pair.lastRound && pair.source == this && pair.linkUp();
          if (dual) {
            peer().append(number);
          }
          acknowledge(number);
        }
      }
      case STOPPED, WAITING, SECONDARY, TAKING_OVER, DEMOTING -> {}
    }
  }

  private void writeThrough(int number) {
    boolean taken = streaming && pair.linkUp() && peer().state.generation().equals(generation);
    append(number);
    if (taken) {
      peer().append(number);
      acknowledge(number);
    } else {
      waiting.put(number, true);
    }
  }

  ContactRecord record() {
    boolean live =
        state.role() == Role.PRIMARY || state.role() == Role.BLOCKED || state.role() == Role.ALONE;
    return new ContactRecord(
        "c",
        "m",
        incarnation,
        generation,
        List.copyOf(history),
        state.role(),
        standing == Role.PRIMARY || standing == Role.ALONE,
        state.dataState(),
        clean && !live,
        false,
        generation.isNone(),
        false,
        last,
        last,
        last,
        last - waiting.size() + 1,
        true,
        peer().incarnation,
        0,
        yieldsTo,
        Set.of(),
        new SplitBallot(pair.policy, aloneSinceMs, last, false));
  }
}

package io.lockstep.failover.role;

import io.lockstep.failover.arbiter.MemoryArbiter;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.FirstContact;
import io.lockstep.failover.contact.SplitPolicy;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Two nodes in virtual time, joined by a link and by heartbeats that can be cut. Injects: killed
 * processes, with or without a guardian's goodbye; cut link; cut network; an arbiter that is down,
 * out of one node's reach, or whose answers and changes come late; a virtual address that another
 * host has. Does not inject: lost power, other failing effects.
 */
final class ModelPair {
  final Deque<Runnable> queue = new ArrayDeque<>();
  private final Deque<Object[]> trace = new ArrayDeque<>();
  final Set<Integer> acknowledged = new LinkedHashSet<>();
  long now = s(1);
  final ModelNode a;
  final ModelNode b;
  boolean netUp = true;
  SplitPolicy policy = SplitPolicy.MANUAL;
  boolean cableUp = true;
  private boolean connected;
  private boolean draining;
  private long generations = 10;
  private int writes;

  // the reintegration under way
  ModelNode source;
  private ModelNode target;
  private long sourceDoneNs;
  boolean lastRound;

  private long heardA = now;
  private long heardB = now;
  private boolean silentA;
  private boolean silentB;

  // the arbiter; null for none
  final MemoryArbiter.Store store;
  boolean arbiterUp = true;
  boolean reachesA = true;
  boolean reachesB = true;

  /** Who finds another host at the virtual address; null for nobody. */
  ModelNode addressTakenFor;

  Supplier<MemoryArbiter.Fate> mishaps = () -> MemoryArbiter.Fate.ANSWERED;

  ModelPair() {
    this(false);
  }

  ModelPair(boolean arbiter) {
    store = arbiter ? new MemoryArbiter.Store() : null;
    Generation first = new Generation(0, 1);
    a = new ModelNode(this, "a", 1, first);
    b = new ModelNode(this, "b", 2, Generation.NONE);
    a.standing = Role.ALONE;
  }

  MemoryArbiter.Fate fate(ModelNode node) {
    boolean reached = arbiterUp && (node == a ? reachesA : reachesB);
    return reached ? mishaps.get() : MemoryArbiter.Fate.LOST;
  }

  /** Keeps the end of what happened, for the message of a failure. */
  void note(Object... what) {
    trace.add(new Object[] {now / 1_000_000, what});
    if (trace.size() > 150) {
      trace.removeFirst();
    }
  }

  long s(long seconds) {
    return seconds * 1_000_000_000L;
  }

  Generation draw() {
    return new Generation(0, generations++);
  }

  boolean linkUp() {
    return connected;
  }

  void drain() {
    if (draining) {
      return;
    }
    draining = true;
    for (int i = 0; !queue.isEmpty(); i++) {
      queue.removeFirst().run();
      if (i > 5_000) {
        throw new AssertionError("no end to what follows from one event" + story());
      }
    }
    draining = false;
  }

  void pass(long ms) {
    for (long end = now + ms * 1_000_000; now < end; ) {
      now += 100_000_000;
      connect();
      if (now % s(1) == 0) {
        heartbeats();
      }
      silence();
      advanceReturn();
      a.write(++writes);
      b.write(++writes);
      a.take(new RoleInput.Tick());
      b.take(new RoleInput.Tick());
    }
  }

  private void connect() {
    boolean wanted = netUp && cableUp && a.up && b.up;
    if (wanted == connected) {
      return;
    }
    connected = wanted;
    if (wanted) {
      a.take(new RoleInput.LinkUp());
      b.take(new RoleInput.LinkUp());
    } else {
      a.streaming = false;
      b.streaming = false;
      source = null;
      target = null;
      lastRound = false;
      a.take(new RoleInput.LinkDown("cut"));
      b.take(new RoleInput.LinkDown("cut"));
    }
  }

  private void heartbeats() {
    if (netUp && a.up && b.up) {
      PeerStatus ofA = a.state.status();
      PeerStatus ofB = b.state.status();
      heardA = now;
      heardB = now;
      if (silentA) {
        a.take(new RoleInput.PeerBack());
      }
      if (silentB) {
        b.take(new RoleInput.PeerBack());
      }
      silentA = false;
      silentB = false;
      a.take(new RoleInput.PeerHeard(ofB));
      b.take(new RoleInput.PeerHeard(ofA));
    }
  }

  private void silence() {
    if (!silentA && now - heardA >= s(30)) {
      silentA = true;
      a.take(new RoleInput.PeerSilent(now - heardA));
    }
    if (!silentB && now - heardB >= s(30)) {
      silentB = true;
      b.take(new RoleInput.PeerSilent(now - heardB));
    }
  }

  void start(ModelNode node) {
    if (!node.up) {
      note("== start", node.name);
      if (node == a) {
        heardA = now;
        silentA = false;
      } else {
        heardB = now;
        silentB = false;
      }
      node.boot();
      connect();
    }
  }

  void kill(ModelNode node, boolean guardian) {
    if (node.up) {
      note("== kill", node.name, "guardian", guardian);
      stopProcess(node);
      connect();
      if (guardian && netUp) {
        node.peer().take(new RoleInput.Goodbye(false, -1));
      }
    }
  }

  void stopProcess(ModelNode node) {
    node.up = false;
    node.mounted = false;
    node.waiting.clear();
  }

  /** Both records as they are now, and both decisions. */
  void compare() {
    if (!connected) {
      return;
    }
    if (busy(a) || busy(b)) {
      return; // the one that is busy asks when it is done
    }
    ContactRecord ra = a.record();
    ContactRecord rb = b.record();
    contact(a, ra, rb);
    contact(b, rb, ra);
  }

  private static boolean busy(ModelNode node) {
    return !node.state.comparable();
  }

  private static void contact(ModelNode node, ContactRecord mine, ContactRecord theirs) {
    node.take(
        new RoleInput.Contact(
            FirstContact.decide(mine, theirs),
            PeerStatus.of(theirs.role(), theirs.generation(), theirs.dataState())));
    ModelNode peer = node.peer();
    // a resumed stream needs both halves
    if (FirstContact.decide(mine, theirs)
        instanceof io.lockstep.failover.contact.ContactVerdict.Resume resume) {
      ModelNode primary = resume.primary() == io.lockstep.failover.contact.Side.ME ? node : peer;
      primary.streaming = true;
    }
  }

  void reintegrationBegun(ModelNode node) {
    boolean asSource = node.state.role() == Role.ALONE;
    if (asSource) {
      source = node;
    } else {
      target = node;
    }
    lastRound = false;
    sourceDoneNs = now + s(2);
  }

  /** A target goes on waiting when its source stops: the next session of a source serves it. */
  void reintegrationEnded(ModelNode node) {
    if (node == source) {
      source = null;
      lastRound = false;
    } else if (node == target) {
      target = null;
      lastRound = false;
    }
  }

  /** Two seconds of rounds, then the last round, then, half a second on, the commit. */
  private void advanceReturn() {
    if (source == null || target == null || !connected || source == target) {
      return;
    }
    if (!lastRound && now >= sourceDoneNs) {
      lastRound = true;
      target.copy.clear();
      target.copy.addAll(source.copy);
      target.last = source.last;
      source.take(new RoleInput.LastRound());
    } else if (lastRound && now >= sourceDoneNs + s(1) / 2) {
      ModelNode done = target;
      target = null;
      done.take(new RoleInput.ReintegrationDone(source.generation));
    }
  }

  void confirmed(ModelNode node) {
    if (connected && source == node.peer()) {
      ModelNode from = source;
      from.streaming = true;
      from.take(new RoleInput.ReintegrationDone(from.generation));
      source = null;
      lastRound = false;
    }
  }

  long serving() {
    long count = 0;
    for (ModelNode node : List.of(a, b)) {
      if (node.up
          && node.mounted
          && (node.state.role() == Role.PRIMARY || node.state.role() == Role.ALONE)) {
        count++;
      }
    }
    return count;
  }

  String story() {
    StringBuilder all = new StringBuilder("\n");
    for (Object[] note : trace) {
      all.append(note[0]);
      for (Object part : (Object[]) note[1]) {
        all.append(' ').append(part);
      }
      all.append('\n');
    }
    return all + "\na: " + a.up + " " + a.state + "\nb: " + b.up + " " + b.state;
  }
}

package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.failover.contact.ContactCodec;
import io.lockstep.failover.contact.ContactExchange;
import io.lockstep.failover.contact.ContactMessage;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.SplitBallot;
import io.lockstep.failover.contact.SplitPolicy;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.reintegration.DirtyStatistics;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.Standing;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes the exchange of records by which two nodes find out what they are to each other over the
 * link ({@link ContactExchange}). Both then decide over the same two records, so that they come to
 * the mirrored same. Safe for any thread.
 */
final class Contacts {
  /** Told of each decision. */
  interface Listener {
    void decided(ContactVerdict verdict, ContactRecord peer);
  }

  private static final long PAGE_BYTES = 4096;

  private final ModuleContext context;
  private final ModuleData data;
  private final Link link;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Listener listener;
  private final ReentrantLock lock;
  private final ContactExchange exchange;
  private RoleState state;
  private long epoch;
  private volatile ContactRecord peer;

  Contacts(
      ModuleContext context,
      ModuleData data,
      Link link,
      PrimaryStream primary,
      SecondaryStream secondary,
      Listener listener) {
    this.lock = context.execution().lock();
    this.context = context;
    this.data = data;
    this.link = link;
    this.primary = primary;
    this.secondary = secondary;
    this.listener = listener;
    this.exchange = new ContactExchange(new Self());
  }

  /** The peer's record as of the last decision, or null. */
  ContactRecord peer() {
    return peer;
  }

  /** The role machine is ready to compare, on the connection of that epoch. */
  void ask(long newEpoch, RoleState now) {
    locked(newEpoch, now, () -> exchange.compare(nowNs()));
  }

  /** A question of the peer that came while this node was busy is answered once it is not. */
  void answerIfAsked(long newEpoch, RoleState now) {
    if (!busy(now)) {
      locked(newEpoch, now, () -> exchange.free(nowNs()));
    }
  }

  private static boolean busy(RoleState now) {
    return now.inFlight() != null || !now.rest().isEmpty() || now.lookAgain();
  }

  /** One message of the exchange. */
  void message(long newEpoch, ByteBuffer payload, RoleState now) {
    ContactMessage message = ContactCodec.decodeMessage(payload);
    long believedNs = context.cluster().timing().takeoverAfter().toNanos();
    locked(newEpoch, now, () -> exchange.received(message, nowNs(), believedNs));
    answerIfAsked(newEpoch, now);
  }

  /** A new connection: an exchange under way on the old one is void. */
  void reset() {
    lock.lock();
    try {
      exchange.reset();
    } finally {
      lock.unlock();
    }
  }

  private void locked(long newEpoch, RoleState now, Runnable step) {
    lock.lock();
    try {
      epoch = newEpoch;
      state = now;
      step.run();
    } finally {
      lock.unlock();
    }
  }

  private long nowNs() {
    return context.platform().bootTimeNs();
  }

  /** This node in the exchange; under {@link #lock}. */
  private final class Self implements ContactExchange.Node {
    @Override
    public ContactRecord record() {
      return Contacts.this.record(state);
    }

    @Override
    public void send(ContactMessage message) {
      link.send(
          epoch,
          Link.Lane.OPERATIONS,
          StreamMessages.CONTACT,
          context.number(),
          ByteBuffer.wrap(ContactCodec.encode(message)));
    }

    @Override
    public void decided(ContactVerdict verdict, ContactRecord theirs) {
      peer = theirs;
      listener.decided(verdict, theirs);
    }
  }

  private ContactRecord record(RoleState now) {
    NodeRecord record = data.record();
    boolean serving = primary.mode() != PrimaryStream.Mode.CLOSED;
    PrimaryStream.Progress sent = primary.progress();
    SecondaryStream.Progress got = secondary.progress();
    long last = serving ? sent.last() : Math.max(got.received(), data.lastSequence());
    UUID base = data.tracker.base().map(known -> known.peer()).orElse(null);
    return new ContactRecord(
        record.cluster(),
        record.module(),
        record.incarnation(),
        record.generation(),
        record.history(),
        now.role(),
        record.standing() == Standing.PRIMARY || record.standing() == Standing.ALONE,
        now.booted() ? now.dataState() : record.dataState(),
        record.clean() && !serving,
        data.lostPower(),
        record.generation().isNone(),
        record.notes().containsKey(Persistence.VERIFY) || data.unsynced(),
        last,
        serving ? last : got.durable(),
        serving ? primary.completedSequence() : record.ownCheckpoint(),
        serving && sent.durable() < sent.last() ? sent.durable() + 1 : last + 1,
        false,
        base,
        data.tracker.base().map(known -> known.sequence()).orElse(0L),
        yieldsTo(record),
        record.barred(),
        ballot(record));
  }

  /** Each changed file or directory counts as a page, whatever of it changed. */
  private SplitBallot ballot(NodeRecord record) {
    ClusterConfiguration.Split configured = context.cluster().split();
    SplitPolicy policy = SplitPolicy.of(configured.policy());
    long changed = SplitBallot.UNKNOWN;
    if (policy == SplitPolicy.KEEP_MOST_CHANGES) {
      DirtyStatistics map = data.tracker.statistics();
      long elements = map.files() + map.directories();
      changed = map.everything() ? SplitBallot.UNKNOWN : map.bytes() + PAGE_BYTES * elements;
    }
    boolean named = context.node().equals(configured.node());
    return new SplitBallot(policy, record.aloneSinceMs(), changed, named);
  }

  private static Generation yieldsTo(NodeRecord record) {
    String text = record.notes().get(Persistence.YIELDS_TO);
    return text == null ? Generation.NONE : Generation.of(UUID.fromString(text));
  }
}

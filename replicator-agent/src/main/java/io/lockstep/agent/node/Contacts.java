package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.failover.contact.ContactCodec;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.FirstContact;
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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The exchange of records by which two nodes find out what they are to each other. One asks and the
 * other answers; both then decide over the same two records, so that they come to the mirrored
 * same.
 */
final class Contacts {
  /** Told of each decision. */
  interface Listener {
    void decided(ContactVerdict verdict, ContactRecord peer);
  }

  private static final byte ASK = 0;
  private static final byte ANSWER = 1;
  private static final long PAGE_BYTES = 4096;

  private final ModuleContext context;
  private final ModuleData data;
  private final Link link;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Listener listener;
  private final ReentrantLock lock;
  private ContactRecord mine;
  private ContactRecord theirs;
  private boolean askedOnce;
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
  }

  /** The peer's record as of the last exchange, or null. */
  ContactRecord peer() {
    return peer;
  }

  /**
   * The role machine is ready to compare: begins an exchange, or completes the one that the peer
   * began.
   */
  void ask(long epoch, RoleState state) {
    lock.lock();
    try {
      askedOnce = true;
      mine = record(state);
      send(epoch, theirs == null ? ASK : ANSWER, mine);
      decideIfComplete(epoch, state);
    } finally {
      lock.unlock();
    }
  }

  /** A question of the peer that came while this node was busy is answered once it is not. */
  void answerIfAsked(long epoch, RoleState state) {
    boolean busy = state.inFlight() != null || !state.rest().isEmpty() || state.lookAgain();
    lock.lock();
    try {
      if (askedOnce && theirs != null && mine == null && !busy) {
        ask(epoch, state);
      }
    } finally {
      lock.unlock();
    }
  }

  /** One message of the exchange. */
  void message(long epoch, ByteBuffer payload, RoleState state) throws IOException {
    byte kind = payload.get();
    ContactRecord record = ContactCodec.decode(payload);
    lock.lock();
    try {
      if (kind == ANSWER && mine == null) {
        return;
      }
      theirs = record;
      decideIfComplete(epoch, state);
      answerIfAsked(epoch, state);
    } finally {
      lock.unlock();
    }
  }

  /** A new connection: an exchange under way on the old one is void. */
  void reset() {
    lock.lock();
    try {
      askedOnce = false;
      clear();
    } finally {
      lock.unlock();
    }
  }

  private void clear() {
    mine = null;
    theirs = null;
  }

  private void decideIfComplete(long epoch, RoleState state) {
    if (mine != null && theirs != null) {
      ContactRecord decidedTheirs = theirs;
      ContactVerdict verdict = FirstContact.decide(mine, decidedTheirs);
      clear();
      peer = decidedTheirs;
      if (drops(verdict) && !drops(FirstContact.decide(record(state), decidedTheirs))) {
        // the answer was long on its way, and this node has acknowledged something meanwhile
        ask(epoch, state);
      } else {
        listener.decided(verdict, decidedTheirs);
      }
    }
  }

  private static boolean drops(ContactVerdict verdict) {
    return verdict instanceof ContactVerdict.DropBranch;
  }

  private void send(long epoch, byte kind, ContactRecord record) {
    ByteBuffer prefix = ByteBuffer.allocate(1).put(kind).flip();
    link.send(
        epoch,
        Link.Lane.OPERATIONS,
        StreamMessages.CONTACT,
        context.number(),
        prefix,
        ByteBuffer.wrap(ContactCodec.encode(record)));
  }

  private ContactRecord record(RoleState state) {
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
        state.role(),
        record.standing() == Standing.PRIMARY || record.standing() == Standing.ALONE,
        state.booted() ? state.dataState() : record.dataState(),
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

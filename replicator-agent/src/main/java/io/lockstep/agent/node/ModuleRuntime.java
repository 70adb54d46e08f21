package io.lockstep.agent.node;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.drill.Drill;
import io.lockstep.agent.replay.ConfiguredTimes;
import io.lockstep.agent.why.Decision;
import io.lockstep.failover.arbiter.Claim;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.failover.role.PeerMessage;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.replication.AloneTracker;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.state.Standing;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One module on this node: its data, its two ends of the stream, what it serves, and the role
 * machine that decides. Safe for any thread.
 */
public final class ModuleRuntime implements AutoCloseable {
  /** Looks on while the role machine steps; must not wait. */
  public interface StepWatch {
    /** One input, and what it made of the state. */
    void stepped(RoleState before, RoleState after, RoleInput input);
  }

  /** Keeps what the role machine is given; must not wait. */
  public interface StepRecord {
    /** One step, made at {@code nowNs} of the machine's clock. */
    void took(long nowNs, RoleState before, RoleInput input, Step step);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ModuleRuntime.class);
  private static final int MOST_INPUTS = 4_096;

  /**
   * What waits for the peer is sent again so often within the acknowledgement timeout, less one.
   */
  private static final int INSISTS = 5;

  /** A drill under way is looked at after so many of the role machine's ticks. */
  private static final int DRILL_LOOKS_AFTER = 2;

  private static final long FOLLOW_TIMEOUT_MS = 5_000;
  private static final long IN_SYNC_TIMEOUT_MS = 30_000;
  private static final long TELL_STALL_EVERY_NS = 1_000_000_000;

  private final ModuleContext context;
  private final ModuleData data;
  private final Link link;
  private final EventLog events;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Persistence persistence;
  private final Serving serving;
  private final ApplicationControl application;
  private final Returns returns;
  private final Quarantining quarantining;
  private final Contacts contacts;
  private final RoleLoop loop;
  private final Desk desk;
  private final Transitions transitions;
  private final Checkpoints checkpoints;
  private final Connection connection;
  private final Effects effects;
  private final Rehearsing rehearsing;
  private final Drill drill;
  private volatile Consumer<Decision> decisions = decision -> {};
  private volatile StepWatch steps = (before, after, input) -> {};
  private volatile StepRecord record = (nowNs, before, input, step) -> {};
  private volatile Consumer<String> group = who -> {};
  private volatile boolean stalled;
  private volatile long stallToldNs;

  /**
   * Over data that it closes in the end. {@code signals} and {@code applications} are asked for
   * nothing before {@link #start}.
   */
  public ModuleRuntime(
      ModuleContext context,
      ModuleData data,
      Link link,
      EventLog events,
      Guard guard,
      PeerSignals signals,
      ApplicationControl.Factory applications,
      Runnable shutdownComplete) {
    this(context, data, link, events, guard, signals, applications, shutdownComplete, null);
  }

  /**
   * Over data that it closes in the end.
   *
   * @param desk whom the role machine asks, closed with this; null where every question is granted
   */
  public ModuleRuntime(
      ModuleContext context,
      ModuleData data,
      Link link,
      EventLog events,
      Guard guard,
      PeerSignals signals,
      ApplicationControl.Factory applications,
      Runnable shutdownComplete,
      Desk desk) {
    this.desk = desk;
    this.context = context;
    this.data = data;
    this.link = link;
    this.events = events;
    this.connection = new Connection(context.execution());
    this.primary =
        new PrimaryStream(
            context.execution(),
            link,
            context.number(),
            new PrimaryStream.Limits(
                context.cluster().journal().maxLag(), context.cluster().journal().maxLag()),
            tracker());
    this.secondary =
        new SecondaryStream(
            context.execution(),
            link,
            context.number(),
            data.journal,
            data.store,
            data.record().ownCheckpoint(),
            streamTiming(context.cluster().timing()),
            context.cluster().journal().maxLag(),
            secondaryListener());
    this.serving = new Serving(context, data, primary, guard, this::ownStoreFailed);
    this.checkpoints = new Checkpoints(context, data, primary, this::ownStoreFailed);
    this.persistence = new Persistence(context, data, primary, secondary, serving, checkpoints);
    this.application = applications.of(context, applicationListener());
    this.quarantining = new Quarantining(context, data);
    this.returns =
        new Returns(context, data, link, primary, secondary, quarantining, returnsListener());
    this.contacts = new Contacts(context, data, link, primary, secondary, this::decided);
    this.transitions = new Transitions(context, context.platform()::bootTimeNs);
    this.rehearsing = new Rehearsing(this, guard);
    this.drill =
        new Drill(
            context.name(),
            context.execution(),
            context.host().disk(),
            context.stateDirectory(),
            DRILL_LOOKS_AFTER * TimeUnit.MILLISECONDS.toNanos(context.host().tickMs()),
            rehearsing);
    this.effects = new Effects(this, persistence, contacts, link, signals, shutdownComplete);
    this.loop =
        new RoleLoop(
            context.host(),
            context.name(),
            roleSettings(context.cluster().timing()),
            effects,
            context.platform()::bootTimeNs,
            this::frozenAfterNs);
  }

  private long frozenAfterNs() {
    ClusterConfiguration.Timing timing = context.cluster().timing();
    return HeartbeatSettings.of(timing.heartbeat(), timing.takeoverAfter()).frozenAfterNs();
  }

  /** Brings the tree to the journal's end and begins to take part. */
  public void start() throws IOException {
    try {
      data.trackReplay();
      secondary.recover();
    } catch (IOException e) {
      LOG.error("Module {}: the tree cannot be brought to the journal's end", context.name(), e);
      data.doubt();
      secondary.startWithoutReplay();
      event(
          RoleEffect.Level.ERROR,
          "This node's copy is INCONSISTENT ("
              + e.getMessage()
              + "): it is not served, and compared in full with the peer's when that is reached.");
    }
    expireQuarantines();
    checkpoints.start();
    loop.start(new RoleInput.Boot(persistence.standing()));
    application.standBy();
  }

  /** What cannot be deleted now is so when the next one is made, or at the next start. */
  private void expireQuarantines() {
    try {
      quarantining.expire();
    } catch (IOException e) {
      LOG.warn("Module {}: old quarantines cannot be deleted", context.name(), e);
    }
  }

  private RoleSettings roleSettings(ClusterConfiguration.Timing timing) {
    return ConfiguredTimes.of(context.cluster(), timing, context.node(), context.module());
  }

  private static SecondaryStream.Timing streamTiming(ClusterConfiguration.Timing timing) {
    return new SecondaryStream.Timing(
        timing.forceWithin().toMillis(), timing.checkpoint().toMillis());
  }

  /**
   * Goes by the configuration as the context has it now.
   *
   * @param timing the times, which may still be more patient than the configuration's
   * @throws IOException when the application's supervision cannot take it
   */
  void reconfigure(ClusterConfiguration.Timing timing) throws IOException {
    loop.post(new RoleInput.Settings(roleSettings(timing)));
    secondary.retime(streamTiming(timing));
    application.reconfigure();
  }

  private AloneTracker tracker() {
    return new AloneTracker() {
      @Override
      public void track(Operation operation, boolean sent) throws IOException {
        data.tracker.track(operation, sent);
      }

      @Override
      public void settled(Operation operation) {
        data.tracker.settled(operation);
      }

      @Override
      public void failed(Operation operation) throws IOException {
        data.tracker.failed(operation);
      }
    };
  }

  private SecondaryStream.Listener secondaryListener() {
    return new SecondaryStream.Listener() {
      @Override
      public void syncFailed() {
        data.syncFailed();
      }

      @Override
      public void copyFailed(String reason) {
        ModuleRuntime.this.copyFailed(reason);
      }

      @Override
      public void checkpointed(long sequence, long journalDurable) throws IOException {
        data.state.update(r -> r.withOwnCheckpoint(sequence).withJournalDurable(journalDurable));
      }

      @Override
      public void peerCheckpoint(long sequence) {
        try {
          data.state.update(r -> r.withPeerCheckpoint(sequence));
        } catch (IOException e) {
          ModuleRuntime.this.copyFailed(
              "the state of this node cannot be written: " + e.getMessage());
        }
      }

      @Override
      public void applied(long sequence, Operation operation) {}
    };
  }

  private Returns.Listener returnsListener() {
    return new Returns.Listener() {
      @Override
      public void sync() throws IOException {
        checkpoints.sync();
      }

      @Override
      public void lastRound() {
        loop.post(new RoleInput.LastRound());
      }

      @Override
      public void supplied() {
        loop.post(new RoleInput.ReintegrationDone(primary.generation()));
      }

      @Override
      public void received(Generation generation) throws IOException {
        awaitFollowed(generation);
      }

      @Override
      public void failed(String reason) {
        loop.post(new RoleInput.ReintegrationFailed(reason));
      }
    };
  }

  /** The source counts this node as in sync only when its record says so. */
  private void awaitFollowed(Generation generation) throws IOException {
    try {
      if (!secondary.awaitFollowing(generation, FOLLOW_TIMEOUT_MS)) {
        throw new IOException("the peer's stream has not begun");
      }
      Latch inSync = effects.expectInSync();
      loop.post(new RoleInput.ReintegrationDone(generation));
      if (!inSync.await(IN_SYNC_TIMEOUT_MS)) {
        throw new IOException(
            "this node did not become the peer's secondary within " + IN_SYNC_TIMEOUT_MS + " ms");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** While this node serves; most often a sync. */
  private void ownStoreFailed(String reason) {
    data.syncFailed();
    copyFailed(reason);
  }

  private void copyFailed(String reason) {
    loop.post(new RoleInput.CopyFailed(reason));
  }

  private ApplicationControl.Failed applicationListener() {
    return new ApplicationControl.Failed() {
      @Override
      public void failed(String reason, boolean switchOver) {
        loop.post(new RoleInput.ApplicationFailed(reason, switchOver));
      }

      @Override
      public void prefersPeer(String reason) {
        loop.post(new RoleInput.ApplicationFailed(reason, true, true));
      }

      @Override
      public void fitness(String unfit, boolean up) {
        loop.post(new RoleInput.Fitness(unfit, up));
      }
    };
  }

  private void decided(ContactVerdict verdict, ContactRecord peer) {
    LOG.info("Module {}: first contact says {}", context.name(), verdict);
    loop.post(
        new RoleInput.Contact(
            verdict, PeerStatus.of(peer.role(), peer.generation(), peer.dataState())));
  }

  /** Hands an input to the role machine. */
  public void post(RoleInput input) {
    loop.post(input);
  }

  /**
   * The peer's node says goodbye.
   *
   * @param last what it tells of this module with it, or null: the peer may have gone on in a
   *     history of its own since its last heartbeat, so that this counts first
   */
  public void peerSaysGoodbye(boolean clean, PeerStatus last) {
    if (last != null) {
      loop.post(new RoleInput.PeerHeard(last, context.platform().bootTimeNs()));
    }
    loop.post(new RoleInput.Goodbye(clean, last == null ? -1 : last.handsOverAt()));
  }

  /** As of the role machine's last step. */
  public RoleState state() {
    return loop.state();
  }

  /** How often its role machine's loop has gone round. */
  long turns() {
    return loop.turns();
  }

  /** Which module it is, of which node. */
  public ModuleContext context() {
    return context;
  }

  /** The link is up. */
  public void linkUp(long newEpoch) {
    connection.is(newEpoch);
    returns.connected(newEpoch);
    contacts.reset();
    loop.post(new RoleInput.LinkUp());
  }

  /** The link is gone. */
  public void linkDown(String reason) {
    connection.is(-1);
    primary.detach();
    returns.connected(-1);
    loop.post(new RoleInput.LinkDown(reason));
  }

  /** One frame for this module. */
  public void frame(long frameEpoch, Link.Lane lane, byte type, ByteBuffer payload) {
    try {
      if (lane == Link.Lane.BULK) {
        bulkFrame(frameEpoch, type, payload);
      } else {
        operationsFrame(frameEpoch, type, payload);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      link.drop(frameEpoch, "malformed frame of type " + type + ": " + e.getMessage());
    }
  }

  /** On a lossy network what waits on the other lane is sent again here. */
  private void bulkFrame(long frameEpoch, byte type, ByteBuffer payload)
      throws IOException, InterruptedException {
    switch (type) {
      case StreamMessages.REINTEGRATION -> returns.message(frameEpoch, payload);
      case StreamMessages.ACK -> acknowledged(frameEpoch, StreamMessages.Ack.decode(payload));
      case StreamMessages.OPERATION -> secondary.frame(frameEpoch, Link.Lane.BULK, type, payload);
      default -> {
        // of a later version
      }
    }
  }

  private void operationsFrame(long frameEpoch, byte type, ByteBuffer payload) throws IOException {
    switch (type) {
      case StreamMessages.ACK -> acknowledged(frameEpoch, StreamMessages.Ack.decode(payload));
      case StreamMessages.CONTACT -> {
        refuseFlood();
        contacts.message(frameEpoch, payload, loop.state());
      }
      case StreamMessages.CONTROL -> {
        refuseFlood();
        loop.post(said(PeerMessages.decode(payload)));
      }
      case StreamMessages.FOLLOW -> follow(frameEpoch, StreamMessages.Mark.decode(payload));
      case StreamMessages.COPY_FAILED -> peerCopyFailed(payload);
      default -> secondary.frame(frameEpoch, type, payload);
    }
  }

  /** An order given at the peer is one here. */
  private static RoleInput said(PeerMessage message) {
    if (message instanceof PeerMessage.Pause pause) {
      return new RoleInput.PauseDecisions(orPeer(pause.who()), true);
    }
    if (message instanceof PeerMessage.Resume resume) {
      return new RoleInput.ResumeDecisions(orPeer(resume.who()), true);
    }
    return new RoleInput.PeerSays(message);
  }

  private static String orPeer(String who) {
    return who.isBlank() ? "the peer" : who;
  }

  /**
   * What the peer says waits for the role machine; a peer that says too much is not listened to.
   */
  private void refuseFlood() throws MalformedException {
    if (loop.waiting() > MOST_INPUTS) {
      throw new MalformedException("more than " + MOST_INPUTS + " inputs wait to be decided");
    }
  }

  private void acknowledged(long frameEpoch, StreamMessages.Ack ack) {
    primary.acknowledged(frameEpoch, ack);
    if (ack.generation().equals(primary.generation())) {
      connection.ready(frameEpoch, ack.received());
    }
  }

  private void follow(long frameEpoch, StreamMessages.Mark mark) throws IOException {
    if (!mark.generation().equals(returns.following())) {
      // of a return that a later comparison has stopped here, and not yet at the peer: what comes
      // of that stream is not taken either, and the connection is every module's
      LOG.debug("Module {}: no stream of {} is waited for", context.name(), mark.generation());
      return;
    }
    secondary.follow(mark.generation(), mark.sequence(), frameEpoch);
  }

  private void peerCopyFailed(ByteBuffer payload) {
    byte[] text = new byte[Math.min(payload.remaining(), 4096)];
    payload.get(text);
    String reason = new String(text, StandardCharsets.UTF_8);
    event(RoleEffect.Level.ERROR, "The peer's copy failed: " + reason);
  }

  /** The frames of one read have come. */
  public void batchEnd() {
    secondary.batchEnd();
  }

  /**
   * Brings everything that was received to this stopped module's files, on stable storage.
   *
   * @throws IOException when it runs, or its files cannot be brought to the journal's end
   */
  void settle() throws IOException, InterruptedException {
    if (loop.state().role() != Role.STOPPED || serving.volume() != null) {
      throw new IOException("the module is " + loop.state().role() + ", not STOPPED");
    }
    returns.awaitStopped();
    if (loop.state().dataState() != DataState.INCONSISTENT) {
      if (!secondary.drain(Effects.DRAIN_TIMEOUT_MS)) {
        throw new IOException("the journal could not be applied to the files to its end");
      }
      secondary.checkpoint();
    }
    data.store.syncAll();
  }

  /**
   * What a goodbye in good order tells of this module: its final sequence, as {@code handsOverAt},
   * after a clean stop.
   */
  public PeerStatus finalStatus() {
    PeerStatus now = loop.state().status();
    NodeRecord record = data.record();
    long last = record.clean() ? record.finalSequence() : -1;
    return new PeerStatus(now.role(), now.generation(), now.view(), now.dataState(), false, last);
  }

  /** Keeps the virtual addresses, where this node has them up; call often. */
  public void renewAddresses() {
    boolean followed = loop.state().role() != Role.ALONE;
    for (String text : serving.renewAddresses(followed)) {
      event(RoleEffect.Level.WARN, text);
    }
  }

  /**
   * Looks whether the application has waited for the peer: for so long that it is sent again what
   * waits, or too long; call often.
   */
  public void checkStall() {
    ClusterConfiguration.Timing timing = context.cluster().timing();
    primary.insist(timing.ackTimeout().toNanos() / INSISTS);
    boolean waits =
        primary.stalledNs() > timing.ackTimeout().toNanos()
            || primary.syncStalledNs() > timing.syncTimeout().toNanos();
    long now = context.execution().nanoTime();
    if (waits && (!stalled || now - stallToldNs >= TELL_STALL_EVERY_NS)) {
      stallToldNs = now;
      loop.post(new RoleInput.AckTimeout());
    }
    stalled = waits;
  }

  /** From now on what the role machine decides is handed on, on its own thread. Before start. */
  void recordDecisions(Consumer<Decision> record) {
    decisions = record;
  }

  /** From now on a switchover is left to the module's group, told who wants it. Before start. */
  void leaveMovesTo(Consumer<String> moves) {
    group = moves;
  }

  /** An operator wants the module, and so its group, on the other node. */
  void askGroup(String who) {
    group.accept(who);
  }

  /** Every step of the role machine is told from now on, on its thread. Before start. */
  public void watchSteps(StepWatch watch) {
    steps = watch;
  }

  /** Every step of the role machine is kept from now on, on its thread. Before start. */
  public void recordSteps(StepRecord record) {
    this.record = record;
  }

  /** The role machine made a step, whether or not it matters. */
  void stepped(long nowNs, RoleState before, RoleInput input, Step step) {
    record.took(nowNs, before, input, step);
    steps.stepped(before, step.state(), input);
  }

  /** What the role machine decided. */
  void decided(RoleState before, RoleState after, RoleInput input, String because) {
    Instant now = Instant.ofEpochMilli(context.host().wallTimeMs());
    decisions.accept(new Decision(now, before.role(), after.role(), input.toString(), because));
  }

  /** Tells the operator. */
  void event(RoleEffect.Level level, String text) {
    events.add(Event.Level.valueOf(level.name()), context.name(), text);
    LOG.info("Module {}: {}", context.name(), text);
  }

  /** The serving node's end of the stream. */
  public PrimaryStream primary() {
    return primary;
  }

  /** The secondary's end of the stream. */
  public SecondaryStream secondary() {
    return secondary;
  }

  /** The volume that applications modify while this node serves, else null. */
  public ReplicatedVolume volume() {
    return serving.volume();
  }

  Serving serving() {
    return serving;
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  ApplicationControl application() {
    return application;
  }

  Connection connection() {
    return connection;
  }

  Returns returns() {
    return returns;
  }

  Quarantining quarantining() {
    return quarantining;
  }

  /** What outlives the process. */
  public ModuleData data() {
    return data;
  }

  /** Its rehearsals of a takeover on this node. */
  public Drill drill() {
    return drill;
  }

  /** Drills run their commands by what that makes, from now on. Before start. */
  public void rehearseWith(Drill.Runners runners) {
    rehearsing.runners(runners);
  }

  /** What comes of a drill here is handed on as a line for the peer, which may wait. */
  void tellDrills(Consumer<String> peer) {
    rehearsing.tell(peer);
  }

  /** The peer tells what came of a drill there; returns whether that was understood. */
  boolean peerDrill(String line) {
    return drill.peerEnded(line);
  }

  Transitions transitions() {
    return transitions;
  }

  /** The arbiter's answer; bounded by its timeouts. On the effects' thread. */
  RoleInput asked(RoleEffect.Question question) {
    if (desk == null) {
      return new RoleInput.Granted(0);
    }
    NodeRecord record = data.record();
    Set<Generation> lineage = new HashSet<>();
    record.history().forEach(ancestor -> lineage.add(ancestor.generation()));
    record.history().forEach(ancestor -> lineage.add(ancestor.parent()));
    lineage.remove(Generation.NONE);
    RoleState state = loop.state();
    ContactRecord peer = contacts.peer();
    Claim claim =
        new Claim(
            record.incarnation(),
            peer == null ? null : peer.incarnation(),
            record.generation(),
            lineage,
            record.standing() == Standing.ALONE,
            state.eligible(),
            state.linkUp() && peer != null,
            state.peerConsents(),
            state.peerServesThis());
    RoleInput answer = desk.ask(question, claim);
    LOG.info("Module {}: {} at {}: {}", context.name(), question, desk.describe(), answer);
    return answer;
  }

  /** Whom the role machine asks, in words. */
  String arbiter() {
    return desk == null ? "none" : desk.describe();
  }

  /** The peer's record over which this node decided last; null for none. */
  public ContactRecord peerRecord() {
    return contacts.peer();
  }

  @Override
  public void close() throws IOException {
    drill.close();
    loop.close();
    application.close();
    if (desk != null) {
      desk.close();
    }
    returns.close();
    checkpoints.close();
    secondary.close();
    serving.close();
    data.close();
  }
}

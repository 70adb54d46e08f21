package io.lockstep.agent.node;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.replication.AloneTracker;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One module on this node: its data, its two ends of the stream, what it serves, and the role
 * machine that decides. Safe for any thread.
 */
final class ModuleRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleRuntime.class);
  private static final long DRAIN_TIMEOUT_MS = 600_000;
  private static final long ACKS_TIMEOUT_S = 60;
  private static final long READY_TIMEOUT_MS = 5_000;

  private final ModuleContext context;
  private final ModuleData data;
  private final Link link;
  private final EventLog events;
  private final PeerSignals signals;
  private final Runnable shutdownComplete;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Persistence persistence;
  private final Serving serving;
  private final ApplicationControl application;
  private final Returns returns;
  private final Contacts contacts;
  private final RoleLoop loop;
  private final Transitions transitions;
  private final Checkpoints checkpoints;
  private final Object readySignal = new Object();

  private volatile long epoch = -1;
  private volatile long readyEpoch = -1;
  private volatile long readyAt = -1;
  private volatile boolean stallTold;
  private volatile CompletableFuture<Void> followedWaiting;

  ModuleRuntime(
      ModuleContext context,
      ModuleData data,
      Link link,
      EventLog events,
      Guard guard,
      PeerSignals signals,
      ApplicationControl.Factory applications,
      Runnable shutdownComplete) {
    this.context = context;
    this.data = data;
    this.link = link;
    this.events = events;
    this.signals = signals;
    this.shutdownComplete = shutdownComplete;
    this.primary =
        new PrimaryStream(
            link,
            context.number(),
            new PrimaryStream.Limits(
                context.cluster().journal().maxLag(), context.cluster().journal().maxLag()),
            tracker());
    this.secondary =
        new SecondaryStream(
            link,
            context.number(),
            data.journal,
            data.store,
            data.record().ownCheckpoint(),
            streamTiming(context.cluster().timing()),
            secondaryListener());
    this.persistence = new Persistence(data, primary, secondary);
    this.serving = new Serving(context, data, primary, guard, this::copyFailed);
    this.application = applications.of(context, this::applicationFailed);
    this.returns = new Returns(context, data, link, primary, secondary, returnsListener());
    this.contacts = new Contacts(context, data, link, primary, secondary, this::decided);
    this.transitions = new Transitions(context, context.platform()::bootTimeNs);
    this.checkpoints = new Checkpoints(context, data, primary, this::copyFailed);
    this.loop =
        new RoleLoop(
            context.name(),
            roleSettings(context.cluster().timing()),
            new Effects(),
            context.platform()::bootTimeNs);
  }

  /** Brings the tree to the journal's end and begins to take part. */
  void start() throws IOException {
    try {
      secondary.recover();
    } catch (IOException e) {
      LOG.error("Module {}: the tree cannot be brought to the journal's end", context.name(), e);
      data.state.update(record -> record.withDataState(DataState.INCONSISTENT));
      secondary.startWithoutReplay();
      event(
          RoleEffect.Level.ERROR,
          "This node's copy is INCONSISTENT ("
              + e.getMessage()
              + "): it is not served, and compared in full with the peer's when that is reached.");
    }
    checkpoints.start();
    loop.start(new RoleInput.Boot(persistence.standing()));
  }

  private RoleSettings roleSettings(ClusterConfiguration.Timing timing) {
    return RoleSettings.of(
        context.node(),
        context.peer(),
        timing.heartbeat().toNanos(),
        timing.takeoverAfter().toNanos(),
        timing.ackTimeout().toNanos());
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
      public void track(Operation operation) throws IOException {
        data.tracker.track(operation);
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
      public void setAside(Path directory) {
        event(
            RoleEffect.Level.WARN,
            "What only this node acknowledged is kept in " + directory + "; INDEX there lists it.");
      }

      @Override
      public void failed(String reason) {
        loop.post(new RoleInput.ReintegrationFailed(reason));
      }
    };
  }

  /** The source counts this node as in sync only when its record says so. */
  private void awaitFollowed(Generation generation) throws IOException {
    if (!secondary.awaitFollowing(generation, READY_TIMEOUT_MS)) {
      throw new IOException("the peer's stream has not begun");
    }
    CompletableFuture<Void> followed = new CompletableFuture<>();
    followedWaiting = followed;
    loop.post(new RoleInput.ReintegrationDone(generation));
    try {
      followed.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("this node did not become the peer's secondary: " + e.getMessage(), e);
    }
  }

  private void copyFailed(String reason) {
    loop.post(new RoleInput.CopyFailed(reason));
  }

  private void applicationFailed(String reason, boolean switchOver) {
    loop.post(new RoleInput.ApplicationFailed(reason, switchOver));
  }

  private void decided(ContactVerdict verdict, ContactRecord peer) {
    LOG.info("Module {}: first contact says {}", context.name(), verdict);
    loop.post(
        new RoleInput.Contact(
            verdict, PeerStatus.of(peer.role(), peer.generation(), peer.dataState())));
  }

  /** Hands an input to the role machine. */
  void post(RoleInput input) {
    loop.post(input);
  }

  RoleState state() {
    return loop.state();
  }

  ModuleContext context() {
    return context;
  }

  /** The link is up. */
  void linkUp(long newEpoch) {
    epoch = newEpoch;
    returns.connected(newEpoch);
    contacts.reset();
    loop.post(new RoleInput.LinkUp());
  }

  /** The link is gone. */
  void linkDown(String reason) {
    epoch = -1;
    primary.detach();
    returns.connected(-1);
    loop.post(new RoleInput.LinkDown(reason));
  }

  /** One frame for this module. */
  void frame(long frameEpoch, Link.Lane lane, byte type, ByteBuffer payload) {
    try {
      if (lane == Link.Lane.BULK) {
        if (type == StreamMessages.REINTEGRATION) {
          returns.message(frameEpoch, payload);
        }
        return;
      }
      operationsFrame(frameEpoch, type, payload);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      link.drop(frameEpoch, "malformed frame of type " + type + ": " + e.getMessage());
    }
  }

  private void operationsFrame(long frameEpoch, byte type, ByteBuffer payload) throws IOException {
    switch (type) {
      case StreamMessages.ACK -> acknowledged(frameEpoch, StreamMessages.Ack.decode(payload));
      case StreamMessages.CONTACT -> contacts.message(frameEpoch, payload, loop.state());
      case StreamMessages.CONTROL ->
          loop.post(new RoleInput.PeerSays(PeerMessages.decode(payload)));
      case StreamMessages.FOLLOW -> follow(frameEpoch, StreamMessages.Mark.decode(payload));
      case StreamMessages.COPY_FAILED -> peerCopyFailed(payload);
      default -> secondary.frame(frameEpoch, type, payload);
    }
  }

  private void acknowledged(long frameEpoch, StreamMessages.Ack ack) {
    primary.acknowledged(frameEpoch, ack);
    synchronized (readySignal) {
      if (ack.generation().equals(primary.generation())) {
        readyEpoch = frameEpoch;
        readyAt = ack.received();
        readySignal.notifyAll();
      }
    }
  }

  private void follow(long frameEpoch, StreamMessages.Mark mark) throws IOException {
    if (!mark.generation().equals(returns.following())) {
      throw new MalformedException(
          "a stream of " + mark.generation() + " that this node does not fetch");
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
  void batchEnd(Link.Lane lane) {
    if (lane == Link.Lane.OPERATIONS) {
      secondary.batchEnd();
    }
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
      if (!secondary.drain(DRAIN_TIMEOUT_MS)) {
        throw new IOException("the journal could not be applied to the files to its end");
      }
      secondary.checkpoint();
    }
    data.store.syncAll();
  }

  /** Looks whether an operation has waited too long; call often. */
  void checkStall() {
    long stalledNs = primary.stalledNs();
    boolean waits = stalledNs > context.cluster().timing().ackTimeout().toNanos();
    if (waits && !stallTold) {
      loop.post(new RoleInput.AckTimeout());
    }
    stallTold = waits;
  }

  private void event(RoleEffect.Level level, String text) {
    events.add(Event.Level.valueOf(level.name()), context.name(), text);
    LOG.info("Module {}: {}", context.name(), text);
  }

  PrimaryStream primary() {
    return primary;
  }

  SecondaryStream secondary() {
    return secondary;
  }

  Serving serving() {
    return serving;
  }

  ApplicationControl application() {
    return application;
  }

  Returns returns() {
    return returns;
  }

  ModuleData data() {
    return data;
  }

  Transitions transitions() {
    return transitions;
  }

  ContactRecord peerRecord() {
    return contacts.peer();
  }

  /** Performs what the role machine wants. */
  private final class Effects implements RoleLoop.Effects {
    @Override
    public void stepped(RoleState before, RoleState after, RoleInput input, String because) {
      transitions.stepped(before, after);
      contacts.answerIfAsked(epoch, after);
      if (before.role() != after.role()) {
        LOG.info(
            "Module {}: {} -> {} on {}: {}",
            context.name(),
            before.role(),
            after.role(),
            input.getClass().getSimpleName(),
            because);
        signals.announce();
      } else if (decisive(input)) {
        LOG.info("Module {}: {} in {}: {}", context.name(), input, after.role(), because);
      }
      if (after.asksOutdated() != before.asksOutdated()
          || after.dataState() != before.dataState()) {
        signals.announce();
      }
    }

    /** Inputs after which "why not?" is asked. */
    private static boolean decisive(RoleInput input) {
      return input instanceof RoleInput.PeerSilent
          || input instanceof RoleInput.Goodbye
          || input instanceof RoleInput.AckTimeout
          || input instanceof RoleInput.CopyFailed
          || input instanceof RoleInput.ApplicationFailed
          || input instanceof RoleInput.Switchover
          || input instanceof RoleInput.EffectFailed
          || input instanceof RoleInput.Frozen;
    }

    @Override
    public void quick(RoleEffect effect) {
      if (effect instanceof RoleEffect.Event e) {
        event(e.level(), e.text());
      } else if (effect instanceof RoleEffect.Tell tell) {
        link.send(
            epoch,
            Link.Lane.OPERATIONS,
            StreamMessages.CONTROL,
            context.number(),
            PeerMessages.encode(tell.message()));
        signals.announce();
      } else if (effect instanceof RoleEffect.LookAgain) {
        contacts.ask(epoch, loop.state());
      } else if (effect instanceof RoleEffect.Reintegrate reintegrate) {
        if (serving.addressesUp()) {
          serving.announceRepeatedly();
        }
        reintegrate(reintegrate);
      } else if (effect instanceof RoleEffect.ConfirmInSync) {
        confirmInSync();
      } else if (effect instanceof RoleEffect.StopReintegration) {
        returns.stop();
      } else if (effect instanceof RoleEffect.Goodbye goodbye) {
        signals.goodbye(goodbye.clean(), goodbye.clean() ? data.record().finalSequence() : -1);
      } else if (effect instanceof RoleEffect.ShutdownComplete) {
        shutdownComplete.run();
      }
    }

    private void reintegrate(RoleEffect.Reintegrate effect) {
      ContactRecord peer = contacts.peer();
      if (effect.source()) {
        returns.supply(effect.extent(), peer, serving.volume());
      } else {
        returns.fetch(peer);
      }
    }

    @Override
    public RoleInput tracked(RoleEffect effect) throws Exception {
      if (effect instanceof RoleEffect.AskArbiter) {
        return new RoleInput.Granted(0);
      }
      long beganNs = System.nanoTime();
      transitions.began(effect);
      try {
        RoleInput done = perform(effect, beganNs);
        transitions.ended(effect, "");
        return done;
      } catch (Exception e) {
        transitions.ended(effect, String.valueOf(e.getMessage()));
        throw e;
      }
    }

    private RoleInput perform(RoleEffect effect, long beganNs) throws Exception {
      Generation generation = null;
      long sequence = -1;
      if (effect instanceof RoleEffect.Persist persist) {
        generation = persist(persist.change());
      } else if (effect instanceof RoleEffect.ForceJournal) {
        secondary.force();
      } else if (effect instanceof RoleEffect.FenceStream fence) {
        fence(fence.finalSequence());
      } else if (effect instanceof RoleEffect.TrackAlone) {
        trackAlone();
      } else if (effect instanceof RoleEffect.FailWaiting fail) {
        primary.close(fail.reason());
      } else if (effect instanceof RoleEffect.DrainJournal) {
        drain();
      } else if (effect instanceof RoleEffect.AwaitAcks) {
        sequence = awaitAcks();
      } else if (effect instanceof RoleEffect.Mount) {
        serving.mount();
      } else if (effect instanceof RoleEffect.Unmount) {
        serving.unmount();
      } else if (effect instanceof RoleEffect.AddAddresses) {
        serving.addAddresses();
      } else if (effect instanceof RoleEffect.RemoveAddresses) {
        serving.removeAddresses();
      } else if (effect instanceof RoleEffect.StartApplication) {
        application.start();
      } else if (effect instanceof RoleEffect.StopApplication stop) {
        application.stop(stop.kill());
      } else if (effect instanceof RoleEffect.ShowReadOnly) {
        serving.showReadOnly();
      } else if (effect instanceof RoleEffect.FollowPeer) {
        followPeer();
      } else if (effect instanceof RoleEffect.ResumeStream) {
        resume();
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
      return new RoleInput.EffectDone(effect, millis, generation, sequence);
    }

    private Generation persist(Change change) throws IOException, InterruptedException {
      returns.awaitStopped();
      Generation generation = persistence.perform(change, contacts.peer());
      return generation;
    }

    private void confirmInSync() {
      CompletableFuture<Void> waiting = followedWaiting;
      if (waiting != null) {
        waiting.complete(null);
      }
    }

    private void fence(long finalSequence) throws IOException {
      secondary.fence();
      long last = Math.max(secondary.progress().received(), data.lastSequence());
      if (finalSequence >= 0 && last != finalSequence) {
        throw new IOException(
            "the journal ends at operation "
                + last
                + ", the peer stepped down at "
                + finalSequence);
      }
    }

    private void trackAlone() {
      Generation generation = data.record().generation();
      if (primary.mode() == PrimaryStream.Mode.CLOSED) {
        long last =
            data.record().history().isEmpty() ? 0 : data.record().history().get(0).forkSequence();
        primary.openAlone(generation, last);
      } else {
        primary.goAlone(generation);
      }
    }

    private void drain() throws IOException, InterruptedException {
      if (!secondary.drain(DRAIN_TIMEOUT_MS)) {
        throw new IOException("the journal could not be applied to its end");
      }
      secondary.checkpoint();
    }

    private long awaitAcks() throws IOException {
      long last = primary.requestForce();
      if (primary.mode() == PrimaryStream.Mode.STREAMING) {
        CompletableFuture<Void> durable =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    primary.awaitDurable(last);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
        try {
          durable.get(ACKS_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
          throw new IOException("the peer does not confirm everything: " + e.getMessage(), e);
        }
      }
      return last;
    }

    /** A copy that failed has no end to come to: it is compared in full instead. */
    private void followPeer() throws IOException, InterruptedException {
      returns.awaitStopped();
      if (!secondary.hasFailed() && !secondary.drain(DRAIN_TIMEOUT_MS)) {
        throw new IOException("the journal could not be applied to its end");
      }
    }

    private void resume() throws IOException, InterruptedException {
      if (primary.mode() == PrimaryStream.Mode.CLOSED) {
        long last = secondary.progress().received();
        secondary.resume(data.record().generation(), last, epoch);
        secondary.setApplying(true);
        return;
      }
      long ready = awaitReady();
      if (!primary.attach(epoch, ready)) {
        throw new IOException(
            "the peer's journal ends at " + ready + ", which is no longer kept here");
      }
    }

    /**
     * The peer follows and says so with its first acknowledgement; frames sent before would be
     * lost.
     */
    private long awaitReady() throws IOException, InterruptedException {
      long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_TIMEOUT_MS);
      synchronized (readySignal) {
        while (readyEpoch != epoch) {
          long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
          if (leftMs <= 0 || epoch < 0) {
            throw new IOException("the peer does not say that it follows");
          }
          readySignal.wait(leftMs);
        }
        return readyAt;
      }
    }
  }

  @Override
  public void close() throws IOException {
    loop.close();
    returns.close();
    checkpoints.close();
    secondary.close();
    serving.close();
    data.close();
  }
}

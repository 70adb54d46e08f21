package io.lockstep.agent.node;

import io.lockstep.agent.why.Decision;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.Goal;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs what a module's role machine wants, with the parts of its {@link ModuleRuntime}. Quick
 * effects on the machine's thread, tracked ones on the effects' thread.
 */
final class Effects implements RoleLoop.Effects {
  private static final Logger LOG = LoggerFactory.getLogger(Effects.class);
  static final long DRAIN_TIMEOUT_MS = 600_000;
  private static final long ACKS_TIMEOUT_MS = 60_000;
  private static final long LOOK_EVERY_MS = 100;

  /** Until it has what was acknowledged before the stream broke, a secondary is not in sync. */
  private static final long RESEND_TIMEOUT_MS = 10_000;

  private final ModuleRuntime module;
  private final ModuleContext context;
  private final ModuleData data;
  private final PrimaryStream primary;
  private final SecondaryStream secondary;
  private final Persistence persistence;
  private final Serving serving;
  private final ApplicationControl application;
  private final Returns returns;
  private final Contacts contacts;
  private final Transitions transitions;
  private final Connection connection;
  private final Link link;
  private final PeerSignals signals;
  private final Runnable shutdownComplete;
  private volatile Latch inSync;

  Effects(
      ModuleRuntime module,
      Persistence persistence,
      Contacts contacts,
      Link link,
      PeerSignals signals,
      Runnable shutdownComplete) {
    this.module = module;
    this.context = module.context();
    this.data = module.data();
    this.primary = module.primary();
    this.secondary = module.secondary();
    this.persistence = persistence;
    this.serving = module.serving();
    this.application = module.application();
    this.returns = module.returns();
    this.contacts = contacts;
    this.transitions = module.transitions();
    this.connection = module.connection();
    this.link = link;
    this.signals = signals;
    this.shutdownComplete = shutdownComplete;
    this.inSync = new Latch(context.execution());
  }

  /** Opens when the machine next says that this node is durably in sync. */
  Latch expectInSync() {
    Latch next = new Latch(context.execution());
    inSync = next;
    return next;
  }

  @Override
  public void stepped(long nowNs, RoleState before, RoleInput input, Step step) {
    RoleState after = step.state();
    String because = step.because();
    module.drill().moduleChanged();
    module.stepped(nowNs, before, input, step);
    transitions.stepped(before, after);
    if (Decision.matters(before, after, input)) {
      module.decided(before, after, input, because);
    }
    contacts.answerIfAsked(connection.epoch(), after);
    if (after.role() == Role.BLOCKED && before.role() != Role.BLOCKED) {
      module.checkpoints().soon();
    }
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
    if (after.asksOutdated() != before.asksOutdated() || after.dataState() != before.dataState()) {
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
        || input instanceof RoleInput.MoveWithGroup
        || input instanceof RoleInput.EffectFailed
        || input instanceof RoleInput.Frozen;
  }

  @Override
  public void quick(RoleEffect effect) {
    if (effect instanceof RoleEffect.Event e) {
      module.event(e.level(), e.text());
    } else if (effect instanceof RoleEffect.Tell tell) {
      link.send(
          connection.epoch(),
          Link.Lane.OPERATIONS,
          StreamMessages.CONTROL,
          context.number(),
          PeerMessages.encode(tell.message()));
      signals.announce();
    } else if (effect instanceof RoleEffect.AskGroup ask) {
      module.askGroup(ask.who());
    } else if (effect instanceof RoleEffect.Hold hold) {
      application.hold(hold.on());
    } else if (effect instanceof RoleEffect.GiveUpResume) {
      connection.giveUp();
    } else if (effect instanceof RoleEffect.LookAgain) {
      contacts.ask(connection.epoch(), module.state());
    } else if (effect instanceof RoleEffect.Reintegrate reintegrate) {
      if (serving.addressesUp()) {
        serving.announceRepeatedly();
      }
      reintegrate(reintegrate);
    } else if (effect instanceof RoleEffect.ConfirmInSync) {
      inSync.open();
    } else if (effect instanceof RoleEffect.StopReintegration) {
      returns.stop();
    } else if (effect instanceof RoleEffect.Goodbye goodbye) {
      signals.goodbye(goodbye.clean(), goodbye.clean() ? data.record().finalSequence() : -1);
    } else if (effect instanceof RoleEffect.ShutdownComplete) {
      shutdownComplete.run();
    }
  }

  private void reintegrate(RoleEffect.Reintegrate effect) {
    endIfBroken();
    ContactRecord peer = contacts.peer();
    if (effect.source()) {
      returns.supply(effect.extent(), peer, serving.volume());
    } else {
      returns.fetch(peer);
    }
  }

  /**
   * A journal, record or log of changes that could not be written takes nothing until it is opened
   * anew, which the next process does. Going on would fail at every attempt to catch up, each of
   * which costs the serving node a generation, until the two have no history in common; a serving
   * node that cannot track answers every modification with an error, and never has its peer back.
   */
  private void endIfBroken() {
    if (data.journal.failed() || data.state.failed() || data.tracker.broken()) {
      IOException why = new IOException("this node's own files could not be written");
      context.host().fatal().ended("Module " + context.name() + " cannot be trusted here", why);
    }
  }

  @Override
  public RoleInput tracked(RoleEffect effect) throws Exception {
    if (effect instanceof RoleEffect.AskArbiter ask) {
      return module.asked(ask.question());
    }
    long beganNs = context.execution().nanoTime();
    transitions.began(effect);
    try {
      RoleInput done = perform(effect, beganNs);
      transitions.ended(effect, "");
      return done;
    } catch (Exception e) {
      transitions.ended(effect, String.valueOf(e.getMessage()));
      if (module.state().role() == Role.WAITING) {
        endIfBroken();
      }
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
    } else if (effect instanceof RoleEffect.AwaitSettled) {
      settle();
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
    } else if (effect instanceof RoleEffect.Quarantine) {
      quarantine();
    } else if (effect instanceof RoleEffect.ResumeStream) {
      resume();
    }
    passed(effect);
    long millis = TimeUnit.NANOSECONDS.toMillis(context.execution().nanoTime() - beganNs);
    return new RoleInput.EffectDone(effect, millis, generation, sequence);
  }

  /** The point behind each step that a takeover, a hand-over or going alone consists of. */
  private static void passed(RoleEffect effect) {
    if (effect instanceof RoleEffect.FenceStream) {
      CrashPoint.TAKEOVER_FENCED.reached();
    } else if (effect instanceof RoleEffect.ForceJournal) {
      CrashPoint.TAKEOVER_JOURNAL_FORCED.reached();
    } else if (effect instanceof RoleEffect.TrackAlone) {
      CrashPoint.ALONE_RELEASED.reached();
    } else if (effect instanceof RoleEffect.DrainJournal) {
      CrashPoint.TAKEOVER_CHECKPOINTED.reached();
    } else if (effect instanceof RoleEffect.Mount) {
      CrashPoint.TAKEOVER_MOUNTED.reached();
    } else if (effect instanceof RoleEffect.AddAddresses) {
      CrashPoint.TAKEOVER_ADDRESSES.reached();
    } else if (effect instanceof RoleEffect.StartApplication) {
      CrashPoint.TAKEOVER_APPLICATION.reached();
    } else if (effect instanceof RoleEffect.StopApplication) {
      CrashPoint.HANDOVER_APPLICATION_STOPPED.reached();
    } else if (effect instanceof RoleEffect.RemoveAddresses) {
      CrashPoint.HANDOVER_ADDRESSES_REMOVED.reached();
    } else if (effect instanceof RoleEffect.Unmount) {
      CrashPoint.HANDOVER_UNMOUNTED.reached();
    } else if (effect instanceof RoleEffect.AwaitAcks) {
      CrashPoint.HANDOVER_CONFIRMED.reached();
    } else if (effect instanceof RoleEffect.ShowReadOnly) {
      CrashPoint.HANDOVER_COVERED.reached();
    }
  }

  private Generation persist(Change change) throws IOException, InterruptedException {
    returns.awaitStopped();
    return persistence.perform(change, contacts.peer());
  }

  private void fence(long finalSequence) throws IOException {
    secondary.fence();
    mend();
    long last = Math.max(secondary.progress().received(), data.lastSequence());
    if (finalSequence >= 0 && last != finalSequence) {
      throw new IOException(
          "the journal ends at operation " + last + ", the peer stepped down at " + finalSequence);
    }
  }

  /** A copy that is about to be served although it failed: its journal has all that it lacks. */
  private void mend() throws IOException {
    boolean journaled = data.record().dataState() != DataState.INCONSISTENT;
    if (journaled && (secondary.hasFailed() || data.unsynced())) {
      secondary.mend();
      data.mended();
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
    CrashPoint.TAKEOVER_DRAINED.reached();
    secondary.checkpoint();
  }

  private long awaitAcks() throws IOException, InterruptedException {
    settle();
    long last = primary.requestForce();
    if (!primary.awaitDurable(last, ACKS_TIMEOUT_MS)) {
      throw new IOException(
          primary.mode() == PrimaryStream.Mode.BLOCKED
              ? "the peer cannot be reached"
              : "the peer does not confirm everything within " + ACKS_TIMEOUT_MS + " ms");
    }
    return last;
  }

  /** Waits no longer for the peer than an application would. */
  private void settle() throws IOException, InterruptedException {
    long endNs = context.execution().nanoTime() + context.cluster().timing().ackTimeout().toNanos();
    while (!serving.settled(LOOK_EVERY_MS)) {
      if (primary.mode() == PrimaryStream.Mode.BLOCKED || context.execution().nanoTime() > endNs) {
        throw new IOException("operations wait for the peer");
      }
    }
  }

  /** A copy that failed has no end to come to: it is compared in full instead. */
  private void followPeer() throws IOException, InterruptedException {
    returns.awaitStopped();
    secondary.fence();
    if (!secondary.hasFailed() && !secondary.drain(DRAIN_TIMEOUT_MS)) {
      throw new IOException("the journal could not be applied to its end");
    }
  }

  /** Given up when the machine has something else to do with this node; begun anew then. */
  private void quarantine() throws IOException, InterruptedException {
    returns.awaitStopped();
    Optional<Path> made =
        module
            .quarantining()
            .make(returns.ownChanges(contacts.peer()), () -> module.state().goal() == Goal.FOLLOW);
    made.ifPresent(
        directory ->
            module.event(
                RoleEffect.Level.WARN,
                "What only this node acknowledged is in quarantine: "
                    + directory
                    + ". `lockstep split list` and `lockstep split restore FILE`."));
  }

  private void resume() throws IOException, InterruptedException {
    if (primary.mode() == PrimaryStream.Mode.CLOSED) {
      long last = secondary.progress().received();
      secondary.resume(data.record().generation(), last, connection.epoch());
      secondary.setApplying(true);
      long acknowledged = contacts.peer().lastSequence();
      if (!secondary.awaitReceived(acknowledged, RESEND_TIMEOUT_MS)) {
        throw new IOException("operations up to " + acknowledged + " did not come again");
      }
      return;
    }
    long ready = connection.awaitReady();
    if (!primary.attach(connection.epoch(), ready)) {
      throw new IOException(
          "the peer's journal ends at " + ready + ", which is no longer kept here");
    }
  }
}

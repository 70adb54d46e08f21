package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.role.RoleInput.AckTimeout;
import io.lockstep.failover.role.RoleInput.ApplicationFailed;
import io.lockstep.failover.role.RoleInput.Contact;
import io.lockstep.failover.role.RoleInput.CopyFailed;
import io.lockstep.failover.role.RoleInput.Goodbye;
import io.lockstep.failover.role.RoleInput.LastRound;
import io.lockstep.failover.role.RoleInput.LinkDown;
import io.lockstep.failover.role.RoleInput.PeerProcessGone;
import io.lockstep.failover.role.RoleInput.PeerSays;
import io.lockstep.failover.role.RoleInput.PeerSilent;
import io.lockstep.failover.role.RoleInput.ReintegrationDone;
import io.lockstep.failover.role.RoleInput.ReintegrationFailed;
import io.lockstep.failover.role.RoleInput.Resync;
import io.lockstep.failover.role.RoleInput.Shutdown;
import io.lockstep.failover.role.RoleInput.SplitKeep;
import io.lockstep.failover.role.RoleInput.Start;
import io.lockstep.failover.role.RoleInput.Stop;
import io.lockstep.failover.role.RoleInput.Switchover;
import io.lockstep.replicator.model.DataState;

/**
 * BLOCKED: was primary and lost its secondary; acknowledges nothing until the stream goes on or it
 * may run alone, and always ends. Exits: resumed → PRIMARY; granted → ALONE; refused, no clear
 * answer for too long, or the peer serves → DEMOTING.
 */
final class BlockedRules extends RoleRules {
  BlockedRules(Turn turn) {
    super(turn);
  }

  @Override
  String granted() {
    return "granted: the new generation is made durable, then what waits is released";
  }

  @Override
  String refused(String reason) {
    Plans.demote(t, "the arbiter refused: " + reason, DataState.OUTDATED);
    return "the peer has the right to serve";
  }

  @Override
  String heard(PeerStatus peer) {
    if (!t.settings.arbiter() && tookOver(peer)) {
      Plans.demote(t, "the peer took over meanwhile, and serves no more", DataState.OUTDATED);
      return "the peer, now " + peer.role() + ", has a newer history: this one is over";
    }
    if (t.asksOutdated
        && peer.dataState() != DataState.UP_TO_DATE
        && peer.dataState() != DataState.CONSISTENT
        && !t.busy()) {
      Plans.goAlone(t, t.reason);
      return "the peer is " + peer.dataState() + " and will not take over: counts as silent";
    }
    return Commands.heardWhilePaired(t, peer);
  }

  /**
   * Whether the peer, which was in sync in this generation, is in another: it served while this
   * node stood still. Not while it returns, when a heartbeat may be late, nor once this node's own
   * generation is durable, which is the one that differs then. An arbiter knows better.
   */
  private boolean tookOver(PeerStatus peer) {
    if (t.goal == Goal.GO_ALONE && !t.stillToCome(Plans.RUN_ALONE)) {
      return false;
    }
    boolean rests =
        switch (peer.role()) {
          case STOPPED, WAITING, DEMOTING -> true;
          default -> false;
        };
    return rests && t.elsewhere(peer);
  }

  @Override
  String tick() {
    if (t.now < t.askAtNs) {
      return "waits for the peer until the acknowledgement timeout";
    }
    if (!t.settings.arbiter() && t.listens()) {
      return "this node stood still: the peer may have served since, and is listened for first";
    }
    boolean mayTakeOver =
        t.peer != null
            && (t.peer.dataState() == DataState.UP_TO_DATE
                || t.peer.dataState() == DataState.CONSISTENT);
    if (t.peerFresh() && mayTakeOver && !t.asksOutdated) {
      t.asksOutdated = true;
      t.askAtNs = t.now + t.settings.confirmNs();
      t.emit(new RoleEffect.Tell(new PeerMessage.BecomeOutdated(t.generation)));
      return "heartbeats are alive: the peer is told to become OUTDATED first";
    }
    Plans.goAlone(t, t.reason);
    return "the peer had its time: ask to run alone";
  }

  @Override
  public String on(LinkDown input) {
    t.linkUp = false;
    return "blocked already";
  }

  @Override
  public String on(Contact input) {
    t.met(input.peer());
    boolean wait = t.busy() && !t.undecided();
    if (!wait && hadItsTime() && input.verdict() instanceof ContactVerdict.Resume) {
      return "the peer had its time to go on where it broke off";
    }
    return wait ? later() : input.verdict().accept(new PairedContact(t));
  }

  @Override
  public String on(PeerSilent input) {
    t.presence = Presence.SILENT;
    return askNow("the peer is silent");
  }

  @Override
  public String on(PeerProcessGone input) {
    t.presence = Presence.GONE;
    return askNow(input.evidence());
  }

  @Override
  public String on(Goodbye input) {
    t.presence = Presence.GONE;
    return askNow("the peer said goodbye");
  }

  @Override
  public String on(AckTimeout input) {
    if (t.wokeUp()) {
      return "this node stood still: that wait was nobody's, and begins anew";
    }
    t.askAtNs = Math.min(t.askAtNs, t.now);
    return "the application waited long enough";
  }

  @Override
  public String on(LastRound input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(ReintegrationDone input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(ReintegrationFailed input) {
    return "no reintegration runs here";
  }

  @Override
  public String on(CopyFailed input) {
    Plans.demote(t, "its own copy failed: " + input.reason(), DataState.INCONSISTENT);
    return "own copy failed: the peer has everything acknowledged";
  }

  @Override
  public String on(ApplicationFailed input) {
    return Commands.applicationFailed(t, input);
  }

  @Override
  public String on(Start input) {
    return "serves already, and waits for the right to go on";
  }

  @Override
  public String on(Stop input) {
    Plans.retire(t, Goal.STOP, input.who(), "stopped by " + input.who());
    return "stopped by " + input.who();
  }

  @Override
  public String on(Switchover input) {
    return Commands.refuse(t, "Switchover", input.who(), "the peer is not in sync");
  }

  @Override
  public String on(Shutdown input) {
    Plans.retire(t, Goal.SHUT_DOWN, "", "the agent exits");
    return "the agent exits; what waits gets an error";
  }

  @Override
  public String on(SplitKeep input) {
    return Commands.splitKeep(t, input);
  }

  @Override
  public String on(Resync input) {
    return Commands.refuse(
        t, "Resync", input.who(), "this node serves: ask for it at the other node");
  }

  @Override
  public String on(PeerSays input) {
    if (input.message() instanceof PeerMessage.OutdatedConfirmed confirmed
        && confirmed.generation().equals(t.generation)
        && t.asksOutdated) {
      return askNow("the peer confirmed that it is OUTDATED");
    }
    return Commands.servingMessage(t, input.message());
  }

  @Override
  String whileBusy() {
    boolean undecided =
        t.goal == Goal.GO_ALONE
            && t.stillToCome(Plans.RUN_ALONE)
            && !Plans.RUN_ALONE.equals(t.inFlight);
    if (undecided && t.now - t.blockedSinceNs > t.settings.blockedBoundNs()) {
      Plans.fenceSelf(t);
      return "being blocked always ends: what waits gets an error";
    }
    if (t.goal == Goal.RESUME && hadItsTime()) {
      t.emit(new RoleEffect.GiveUpResume());
      return "the peer had its time to follow again";
    }
    return super.whileBusy();
  }

  /** However often the peer comes and breaks off again, the application waits but once. */
  private boolean hadItsTime() {
    return t.now >= t.askAtNs;
  }

  private String askNow(String why) {
    if (t.busy()) {
      return "asked already: " + why;
    }
    Plans.goAlone(t, why);
    return why + ": ask to run alone";
  }
}

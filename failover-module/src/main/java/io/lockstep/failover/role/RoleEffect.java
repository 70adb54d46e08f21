package io.lockstep.failover.role;

import io.lockstep.failover.contact.Extent;

/**
 * What the shell is to do. Effects are performed in the order given.
 *
 * <p>A <em>tracked</em> effect ends with {@link RoleInput.EffectDone} or {@link
 * RoleInput.EffectFailed} (for {@link AskArbiter}: Granted, Refused or Unknown), and the machine
 * gives out the next tracked one only then: there is never more than one under way. It may take
 * long and run on another thread, while inputs go on arriving. The others are over when they were
 * performed; nothing waits for them.
 *
 * <p>Every effect is idempotent: what is there already is success.
 */
public sealed interface RoleEffect {
  /** Whether an answer is awaited. */
  default boolean tracked() {
    return true;
  }

  /** Makes a change durable before it returns. */
  record Persist(Change change) implements RoleEffect {}

  /** What the arbiter is asked for. */
  enum Question {
    /** To serve without the peer: it leaves the in-sync set. */
    ALONE,
    /** To serve instead of the peer. */
    TAKE_OVER,
    /** To let the peer back into the in-sync set. */
    ADMIT_PEER,
    /** To serve whatever the record says: an operator's word. */
    FORCE,
    /** Nothing: whether the arbiter can be reached, before a step that will need it. */
    PROBE,
    /**
     * To take back a right that was asked for and given up unused, or to keep it from being given
     * late.
     */
    WITHDRAW
  }

  /** Asks the arbiter; with the arbiter {@code none} the shell answers Granted. */
  record AskArbiter(Question question) implements RoleEffect {}

  /** Forces the journal through its last record. */
  record ForceJournal() implements RoleEffect {}

  /**
   * Appends what has been received, then refuses every frame of the old generation.
   *
   * @param finalSequence where the journal must end, else the effect fails; -1 for anywhere
   */
  record FenceStream(long finalSequence) implements RoleEffect {}

  /** Lets the volume go on without the peer: every change marks the dirty map first. */
  record TrackAlone() implements RoleEffect {}

  /** Whether the application's supervision leaves everything to the operator. */
  record Hold(boolean on) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Applies and answers the operations that wait for the peer. */
  record ReleaseWaiting() implements RoleEffect {}

  /** Answers the operations that wait for the peer, and all new ones, with an error. */
  record FailWaiting(String reason) implements RoleEffect {}

  /** Applies the journal to the tree, to its end. */
  record DrainJournal() implements RoleEffect {}

  /** Waits until the peer has acknowledged every operation as durable. */
  record AwaitAcks() implements RoleEffect {}

  /**
   * Waits until every operation of the service that was taken down has had its effect, or never
   * will: whoever is served next must not see it come later. Fails when one waits for a peer that
   * is not there.
   */
  record AwaitSettled() implements RoleEffect {}

  /** Puts the interceptor over the directories, taking away the read-only view. */
  record Mount() implements RoleEffect {}

  /** Adds the virtual addresses and tells the neighbours. */
  record AddAddresses() implements RoleEffect {}

  /** Starts the application and its supervision. */
  record StartApplication() implements RoleEffect {}

  /**
   * Stops the application and its supervision; done when its process group is empty.
   *
   * @param kill at once, without its stop command
   */
  record StopApplication(boolean kill) implements RoleEffect {}

  /** Asks the module's group to go to the peer, all of it or none. */
  record AskGroup(String who) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Removes the virtual addresses. */
  record RemoveAddresses() implements RoleEffect {}

  /** Refuses new operations, flushes what is mapped or cached, takes the interceptor away. */
  record Unmount() implements RoleEffect {}

  /** Shows the directories read-only. */
  record ShowReadOnly() implements RoleEffect {}

  /** Opens the own journal and applier for the peer's stream. */
  record FollowPeer() implements RoleEffect {}

  /**
   * Copies the own branch's versions of what a decided split made differ aside, durably; done at
   * once where that has happened already. Fails where they do not fit: until they do, nothing may
   * replace them.
   */
  record Quarantine() implements RoleEffect {}

  /** Goes on with the stream where it broke: resends as primary, acknowledges as secondary. */
  record ResumeStream() implements RoleEffect {}

  /** Ends the wait of a {@link ResumeStream} under way for a peer that does not follow. */
  record GiveUpResume() implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Sends the own contact record, so that both nodes decide anew. */
  record LookAgain() implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /**
   * Starts the reintegration, which goes on beside everything else and ends with ReintegrationDone
   * or ReintegrationFailed.
   *
   * @param source whether this node is the source, else the target
   */
  record Reintegrate(boolean source, Extent extent) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** As target: tells the source that this copy is durably up to date. */
  record ConfirmInSync() implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Ends a reintegration; what it did stays done and the map keeps the rest. */
  record StopReintegration() implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Sends a message over the link, and a heartbeat at once over every network. */
  record Tell(PeerMessage message) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** Says goodbye on every network; with the final sequence when {@code clean}. */
  record Goodbye(boolean clean) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** The module is down in good order after {@link RoleInput.Shutdown}: the agent may exit. */
  record ShutdownComplete() implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }

  /** How serious an event is. */
  enum Level {
    INFO,
    WARN,
    ERROR
  }

  /** One line for the event log: what happened, why, what it means for the data. */
  record Event(Level level, String text) implements RoleEffect {
    @Override
    public boolean tracked() {
      return false;
    }
  }
}

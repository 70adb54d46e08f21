package io.lockstep.failover.role;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.replicator.model.Generation;

/** What can happen to a role machine. */
public sealed interface RoleInput {
  /** Calls the method that fits. */
  <R> R accept(Cases<R> cases);

  /** One method an input, so that the compiler sees that every role decides on each. */
  interface Cases<R> {
    R on(Boot input);

    R on(Settings input);

    R on(LinkUp input);

    R on(LinkDown input);

    R on(Contact input);

    R on(PeerHeard input);

    R on(PeerSilent input);

    R on(PeerBack input);

    R on(PeerProcessGone input);

    R on(Goodbye input);

    R on(AckTimeout input);

    R on(Granted input);

    R on(Refused input);

    R on(Unknown input);

    R on(Frozen input);

    R on(EffectDone input);

    R on(EffectFailed input);

    R on(LastRound input);

    R on(ReintegrationDone input);

    R on(ReintegrationFailed input);

    R on(CopyFailed input);

    R on(ApplicationFailed input);

    R on(Fitness input);

    R on(Start input);

    R on(Stop input);

    R on(Switchover input);

    R on(Shutdown input);

    R on(SplitKeep input);

    R on(Resync input);

    R on(PauseDecisions input);

    R on(ResumeDecisions input);

    R on(PeerSays input);

    R on(MoveWithGroup input);

    R on(MayStart input);

    R on(Tick input);
  }

  /** The agent has started and read the durable record. Comes first, once. */
  record Boot(DurableStanding record) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** An operator changed the times that the machine goes by. */
  record Settings(RoleSettings settings) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Both lanes of the link are up and authenticated. */
  record LinkUp() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The link broke. */
  record LinkDown(String reason) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Both nodes compared their records ({@link io.lockstep.failover.contact.FirstContact}). */
  record Contact(ContactVerdict verdict, PeerStatus peer) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** A heartbeat came, on any network. */
  record PeerHeard(PeerStatus peer, long atNs) implements RoleInput {
    /** Just now. */
    public PeerHeard(PeerStatus peer) {
      this(peer, Long.MAX_VALUE);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** No heartbeat came on any network for {@code takeoverAfter}. */
  record PeerSilent(long silentNs) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Heartbeats come again after a silence. */
  record PeerBack() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The peer's machine answers that nobody listens at its ports: its agent is dead, and an agent
   * that boots again never takes over on its own.
   */
  record PeerProcessGone(String evidence) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The peer, or its guardian after its agent died, said goodbye.
   *
   * @param finalSequence last operation of a clean stop; -1 when unknown or not clean
   */
  record Goodbye(boolean clean, long finalSequence) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** An operation has waited for {@code ackTimeout} although the link is up. */
  record AckTimeout() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The arbiter says yes to the question asked. */
  record Granted(long view) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The arbiter says no. */
  record Refused(String reason) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The arbiter cannot be reached, or its answer is not clear: not granted, to be asked again. */
  record Unknown(String reason) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** This process stood still for so long that no timer of it means anything. */
  record Frozen(long gapNs) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * A tracked effect is complete.
   *
   * @param generation drawn by BeginGeneration at INTENT or ALONE; null after every other effect
   * @param sequence of the last operation, after AwaitAcks; -1 after every other effect
   */
  record EffectDone(RoleEffect effect, long millis, Generation generation, long sequence)
      implements RoleInput {
    /** Of an effect that yields nothing. */
    public EffectDone(RoleEffect effect, long millis) {
      this(effect, millis, null, -1);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * A tracked effect failed; what it did half it has undone or it can be repeated.
   *
   * @param waits whether the application was not started because it has to wait, which is no
   *     failure of it: {@link Fitness} tells, before this as well as after, for what, and when it
   *     is up
   */
  record EffectFailed(RoleEffect effect, String reason, boolean waits) implements RoleInput {
    /** It failed indeed. */
    public EffectFailed(RoleEffect effect, String reason) {
      this(effect, reason, false);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * As source: the last round of the reintegration begins, in which every operation waits for the
   * peer too. From here on the peer may call itself UP_TO_DATE.
   */
  record LastRound() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The reintegration is complete: at the target everything is received and synced, at the source
   * the target has confirmed that it is durably UP_TO_DATE and the map is cleared.
   *
   * @param generation the source's
   */
  record ReintegrationDone(Generation generation) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The reintegration ended before its time; the map still holds what is left. */
  record ReintegrationFailed(String reason) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** This node's own copy, journal or state failed: an fsync, an apply, a full or broken disk. */
  record CopyFailed(String reason) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The application failed beyond its budget of restarts, or would be better off at the peer.
   *
   * @param switchOver whether to try the other node, else to stop
   * @param runsOn whether it runs on here until, and unless, the other node takes over
   */
  record ApplicationFailed(String reason, boolean switchOver, boolean runsOn) implements RoleInput {
    /** It does not run on. */
    public ApplicationFailed(String reason, boolean switchOver) {
      this(reason, switchOver, false);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * Whether this node may run the application: something that it has to wait for is not good here,
   * or is good again. Where this node serves, the application is down as long as it is unfit.
   *
   * @param unfit why not; empty if it may
   * @param up whether the application, which waited, is up again
   */
  record Fitness(String unfit, boolean up) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * An operator starts the module. {@code force}: even alone, even if acknowledged operations may
   * be missing.
   */
  record Start(boolean force, String who) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** An operator stops the module on both nodes. */
  record Stop(String who) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * An operator lets the other node serve.
   *
   * @param target name of the node that is to serve; empty for the one that does not now
   */
  record Switchover(String target, String who) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The agent is asked to exit in good order; the peer may take over. */
  record Shutdown() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** An operator decides a split: that node's history stays. */
  record SplitKeep(String node, String who) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** An operator wants this node's copy fetched anew from the peer. */
  record Resync(String who) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * Takeovers, switchovers and restarts are left to the operator until further notice.
   *
   * @param told whether the peer says so, which then needs not be told
   */
  record PauseDecisions(String who, boolean told) implements RoleInput {
    /** Ordered at this node. */
    public PauseDecisions(String who) {
      this(who, false);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * Decisions are automatic again.
   *
   * @param told whether the peer says so, which then needs not be told
   */
  record ResumeDecisions(String who, boolean told) implements RoleInput {
    /** Ordered at this node. */
    public ResumeDecisions(String who) {
      this(who, false);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The module's group goes to the peer, and this module with it.
   *
   * @param number higher than of every order before; {@link RoleState#groupOrder} tells that it was
   *     decided on
   * @param byOperator whether what failed so far is forgiven, as with {@link Switchover}
   */
  record MoveWithGroup(long number, String why, boolean byOperator) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The module's group lets the application start: those before it are well. */
  record MayStart() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** The peer's role machine says something. */
  record PeerSays(PeerMessage message) implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Time has passed; comes a few times a second. */
  record Tick() implements RoleInput {
    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }
}

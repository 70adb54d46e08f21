package io.lockstep.failover.role;

/** What the steps under way lead to. */
public enum Goal {
  /** No steps are under way. */
  NONE,
  /** Leftovers of the last run are cleared away. */
  BOOT,
  /** To serve instead of the peer, or first of the two. */
  TAKE_OVER,
  /** To serve on without the peer. */
  GO_ALONE,
  /** To begin a new generation while serving alone. */
  RENEW,
  /** To go on with the stream where it broke. */
  RESUME,
  /** To become the target of a reintegration. */
  FOLLOW,
  /** To let the peer back in. */
  ADMIT,
  /** To let the peer serve, in good order. */
  HAND_OVER,
  /** To serve again after a hand-over failed. */
  ROLL_BACK,
  /** To stop serving because the right to it is gone. */
  DEMOTE,
  /** To stop serving because the own copy failed, or nothing else is left. */
  FAIL,
  /** To stop the module for an operator. */
  STOP,
  /** To exit. */
  SHUT_DOWN,
  /** To make something durable, with no change of role. */
  NOTE
}

package io.lockstep.failover.role;

/**
 * What a node does for a module. The ordinal is part of the durable and of the wire format: append
 * only.
 */
public enum Role {
  /** Stopped by an operator, or by a failure that needs one. */
  STOPPED,
  /** Up, but not allowed or not able to serve. */
  WAITING,
  /** Follows a primary. */
  SECONDARY,
  /** Serves, and every change is on the secondary first. */
  PRIMARY,
  /** Serves without a secondary and keeps a map of what it changes. */
  ALONE,
  /** Was primary, lost its secondary, and acknowledges nothing until it may run alone. */
  BLOCKED,
  /** Has the right to serve and prepares it. */
  TAKING_OVER,
  /** Takes its service down. */
  DEMOTING;

  /** Whether the application runs, or is about to run, on this node's copy. */
  public boolean serves() {
    return this == PRIMARY || this == ALONE || this == BLOCKED || this == TAKING_OVER;
  }
}

package io.lockstep.replicator.state;

/**
 * The role that a node last stood in, as far as it must know it after a crash. The names are part
 * of the durable format.
 */
public enum Standing {
  STOPPED,
  WAITING,
  SECONDARY,
  PRIMARY,
  ALONE
}

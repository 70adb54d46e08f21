package io.lockstep.replicator.replication;

import java.io.IOException;

/**
 * An operation cannot have its effect on this node's tree: the copy is not what the operation
 * presumes, or its store failed.
 */
public final class ApplyFailure extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message names the operation and the reason. */
  public ApplyFailure(String message, Throwable cause) {
    super(message, cause);
  }
}

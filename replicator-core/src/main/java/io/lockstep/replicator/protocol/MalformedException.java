package io.lockstep.replicator.protocol;

import java.io.IOException;

/**
 * Bytes from outside that are not what the protocol allows. Harms nothing: what brought them is
 * closed.
 */
public final class MalformedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message says what was found. */
  public MalformedException(String message) {
    super(message);
  }
}

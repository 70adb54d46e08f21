package io.lockstep.replicator.state;

import java.io.IOException;

/**
 * Durable state that was once on stable storage can no longer be read. The file is left as it was
 * found; what the node knew is lost, so it must not serve on a guess.
 */
public final class StateCorruptException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message names the file, what was wrong, and what to do. */
  public StateCorruptException(String message) {
    super(message);
  }
}

package io.lockstep.replicator.journal;

import java.io.IOException;

/**
 * A record that was once durable can no longer be read: bit rot, not a torn tail. The copy is
 * INCONSISTENT; the journal is left as it was found.
 */
public final class JournalCorruptException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message names file, sequence and what was wrong. */
  public JournalCorruptException(String message) {
    super(message);
  }
}

package io.lockstep.replicator.journal;

import java.io.IOException;

/** The journal's size limit or the reserve of free space would be passed. Nothing was appended. */
public final class JournalFullException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message names the limit, its value and the directory. */
  public JournalFullException(String message) {
    super(message);
  }
}

package io.lockstep.failover.application;

import java.io.IOException;

/** The application did not start or stop; the message says why and shows its last output. */
public final class ApplicationException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With a message for the operator. */
  public ApplicationException(String message) {
    super(message);
  }

  /** With a message for the operator and what led to it. */
  public ApplicationException(String message, Throwable cause) {
    super(message, cause);
  }
}

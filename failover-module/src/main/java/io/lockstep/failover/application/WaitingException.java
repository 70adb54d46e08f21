package io.lockstep.failover.application;

import java.io.IOException;

/**
 * The application was not started because a checker has to be good first. No failure: it is started
 * by itself when that is so, unless it is stopped before.
 */
public final class WaitingException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With a message for the operator. */
  public WaitingException(String message) {
    super(message);
  }
}

package io.lockstep.replicator.link;

/** The peer sent bytes that no correct peer sends; the connection has to be closed. */
final class FrameException extends Exception {
  private static final long serialVersionUID = 1L;

  FrameException(String message) {
    super(message, null, false, false);
  }
}

package io.lockstep.replicator.port;

import java.io.IOException;

/**
 * A file store refused or failed. Carries the portable reason and the platform's own code (errno,
 * NTSTATUS). Answers that applications ask for all day, as that there is no such file, carry no
 * stack trace: it costs more than the question.
 */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Failure failure;
  private final int code;

  /** {@code code} is the platform's own, or 0 where Lockstep itself refuses. */
  public StoreException(Failure failure, int code, String message) {
    super(message);
    this.failure = failure;
    this.code = code;
    if (!failure.isOrdinary()) {
      super.fillInStackTrace();
    }
  }

  /** A refusal of Lockstep's own. */
  public StoreException(Failure failure, String message) {
    this(failure, 0, message);
  }

  /** The portable reason. */
  public Failure failure() {
    return failure;
  }

  /** The platform's code, or 0. */
  public int code() {
    return code;
  }

  /** Not yet: the failure is not known when this is called first. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}

package io.lockstep.replicator.testkit.sim;

/**
 * The simulated program cannot go on, or did what no program may: a deadlock, a wait that nothing
 * ends, a thread that blocks outside the seam, an error that reached a thread's end. The message
 * holds the stacks.
 */
public final class SimulationFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says what, and where every thread is. */
  public SimulationFailure(String message) {
    super(message);
  }

  /** The same with its cause. */
  public SimulationFailure(String message, Throwable cause) {
    super(message, cause);
  }
}

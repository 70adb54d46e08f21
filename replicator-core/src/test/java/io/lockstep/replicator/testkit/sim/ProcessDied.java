package io.lockstep.replicator.testkit.sim;

/**
 * Thrown at the yield points of a thread whose process was killed: how kill -9 looks from inside
 * the simulator. No production code is to catch it; the thread's locks, disks and connections are
 * dead already, so that nothing it does while it unwinds has an effect.
 */
public final class ProcessDied extends Error {
  private static final long serialVersionUID = 1L;

  ProcessDied(String process) {
    super(process + " was killed", null, false, false);
  }
}

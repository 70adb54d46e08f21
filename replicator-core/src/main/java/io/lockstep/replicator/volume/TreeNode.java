package io.lockstep.replicator.volume;

/** A file, directory or link that an interceptor knows. Belongs to the volume that returned it. */
public interface TreeNode {
  /**
   * Identifies the node towards the interceptor; never reused while the volume lives. The root of
   * directory n has n + 1.
   */
  long number();

  /** Number of the replicated directory it lies in. */
  int directory();
}

package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/** One change of a node's durable record; every one is forced before it counts as done. */
public sealed interface Change {
  /** How far a new generation has got. */
  enum Stage {
    /**
     * Wanted: with the fork sequence and everything touched above the own checkpoint. Adopted at
     * boot only if the arbiter names it.
     */
    INTENT,
    /** In force; the node counts as running alone. */
    COMMIT,
    /**
     * Wanted and in force at once, on a node that serves already: with the fork sequence and the
     * targets of all operations that the peer has not acknowledged. The node counts as running
     * alone.
     */
    ALONE
  }

  /**
   * A new generation, drawn at random by the shell at INTENT and ALONE and given back with {@link
   * RoleInput.EffectDone}.
   *
   * @param forced an operator made the node serve although it may lack acknowledged operations
   */
  record BeginGeneration(Stage stage, boolean forced) implements Change {}

  /**
   * The view that this node was given the right to act in; it refuses lower ones from now on. Only
   * with an arbiter.
   */
  record Promise(long view) implements Change {}

  /** An INTENT that will not be committed; the generation is what it was before. */
  record AbandonIntent() implements Change {}

  /**
   * The role to find again at the next boot; {@code who} when it is STOPPED, else empty. PRIMARY
   * ends the time alone; STOPPED and WAITING leave it as it is.
   */
  record Standing(Role role, String who) implements Change {}

  /**
   * The data state.
   *
   * @param verify whether the copy must be compared in full before it counts again; stays until
   *     {@link Followed}
   */
  record Data(DataState dataState, boolean verify) implements Change {
    /** Without doubt about the copy itself. */
    public Data(DataState dataState) {
      this(dataState, false);
    }
  }

  /**
   * This node's copy is now the peer's history up to the stream: UP_TO_DATE in {@code generation},
   * with the peer's history of generations; written after the file systems were synced. Ends the
   * time alone.
   */
  record Followed(Generation generation) implements Change {}

  /**
   * This node numbers no more operations.
   *
   * @param clean with the final sequence: everything is on both nodes, or at least known to be in
   *     the own tree
   * @param alone whether this node still counts as the one that ran alone, and so may serve again
   *     at its next boot
   */
  record StepDown(boolean clean, DataState dataState, boolean alone) implements Change {}

  /**
   * Takeovers, switchovers and restarts are left to the operator, also after a restart of the
   * agent.
   *
   * @param by who said so; empty when they are automatic again
   */
  record Maintenance(String by) implements Change {}

  /** The own branch holds no operation and is given up; the generation is {@code back} again. */
  record DropBranch(Generation back) implements Change {}

  /** The own branch of a split yields to {@code keeps}; its files are set aside when they go. */
  record YieldTo(Generation keeps) implements Change {}
}

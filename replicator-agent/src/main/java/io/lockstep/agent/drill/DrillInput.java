package io.lockstep.agent.drill;

/** What a drill machine is told. */
public sealed interface DrillInput {
  /**
   * The module at one moment.
   *
   * @param unfit why a takeover cannot be rehearsed now; empty when it can
   * @param paused whether decisions are left to the operator: no drill begins by itself
   * @param lagBytes received and not applied
   * @param freeBytes on the file system that takes what is written
   * @param usedBytes written by the application to the module's directories so far
   */
  record Situation(String unfit, boolean paused, long lagBytes, long freeBytes, long usedBytes) {}

  /** Somebody wants a drill; {@code wallMs} is the time of day. */
  record Order(String who, Situation situation, long wallMs) implements DrillInput {}

  /** Time passed, or the module changed. */
  record Look(Situation situation, long wallMs) implements DrillInput {}

  /** Everything that had been received is in the tree, which is held now. */
  record Drained() implements DrillInput {}

  /** The place is ready. */
  record Opened() implements DrillInput {}

  /** The start command has returned well. */
  record Started() implements DrillInput {}

  /** The check has. */
  record CheckPassed() implements DrillInput {}

  /** The check has not. */
  record CheckFailed(String reason) implements DrillInput {}

  /** The stop command has returned; {@code problem} is empty when well. */
  record Stopped(String problem) implements DrillInput {}

  /** What was to be done now cannot be. */
  record Failed(String reason) implements DrillInput {}

  /** Nothing of it is left; {@code problem} is empty unless something is. */
  record Discarded(String problem, long wallMs) implements DrillInput {}
}

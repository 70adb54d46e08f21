package io.lockstep.failover.application;

/** What the supervision learns. */
public sealed interface SupervisionInput {
  /** The module wants the application. */
  record Start() implements SupervisionInput {}

  /** The start command returned 0. */
  record Started() implements SupervisionInput {}

  /** The start failed, or timed out; what it left was killed. */
  record StartFailed(String reason) implements SupervisionInput {}

  /** The machine was made anew with other limits. */
  record Respecified() implements SupervisionInput {}

  /**
   * The operator works on the application, which may be down meanwhile, or no longer does.
   *
   * @param on whether nothing is to be checked, restarted or given up from now on
   */
  record Hold(boolean on) implements SupervisionInput {}

  /** Time passed. */
  record Tick() implements SupervisionInput {}

  /** That look at the checker found it good. */
  record CheckPassed(int checker, int look) implements SupervisionInput {}

  /** That look at the checker found it not good, or was not answered in time. */
  record CheckFailed(int checker, int look, String reason) implements SupervisionInput {}

  /**
   * An application without a check, which had processes, has none any more.
   *
   * @param step whose processes these were; empty for an application without steps
   */
  record ProcessesGone(String step) implements SupervisionInput {
    /** Of an application without steps. */
    public ProcessesGone() {
      this("");
    }
  }

  /** What was to be suspended has no process left. */
  record Suspended() implements SupervisionInput {}

  /** Processes are left of what was to be suspended. */
  record SuspendFailed(String reason) implements SupervisionInput {}

  /**
   * What is given up was stopped.
   *
   * @param left that processes of it are left, and why; empty if none are
   */
  record Ended(SupervisionEffect.End what, String left) implements SupervisionInput {}

  /** The restart in place is complete. */
  record Restarted() implements SupervisionInput {}

  /** The restart in place did not come about. */
  record RestartFailed(String reason) implements SupervisionInput {}

  /**
   * The module is being stopped.
   *
   * @param kill at once, without the stop command
   */
  record Stop(boolean kill) implements SupervisionInput {}

  /** No process is left. */
  record Stopped() implements SupervisionInput {}

  /** Processes are left that would not end. */
  record StopFailed(String reason) implements SupervisionInput {}
}

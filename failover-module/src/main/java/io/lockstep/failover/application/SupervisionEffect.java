package io.lockstep.failover.application;

/** What the supervision wants done. */
public sealed interface SupervisionEffect {
  /** Run the start command; answer with Started or StartFailed. */
  record RunStart() implements SupervisionEffect {}

  /** Look at the checker of that index; answer with CheckPassed or CheckFailed and that look. */
  record RunCheck(int checker, int look) implements SupervisionEffect {}

  /** Stop what is there and start again; answer with Restarted or RestartFailed. */
  record Restart(String reason) implements SupervisionEffect {}

  /** Stop everything, ending a check or restart that runs; answer with Stopped or StopFailed. */
  record RunStop(boolean kill) implements SupervisionEffect {}

  /** Stop what is there; answer with Suspended or SuspendFailed. */
  record Suspend(String reason) implements SupervisionEffect {}

  /** Start after a wait, without using the budget; answer with Restarted or RestartFailed. */
  record Resume() implements SupervisionEffect {}

  /**
   * Stop what is there, for it is given up; answer with Ended.
   *
   * @param switchOver whether the other node is to take over, else the module is to stop
   */
  record End(String reason, boolean switchOver) implements SupervisionEffect {}

  /** Tell the module that the other node is the better one; the application goes on here. */
  record PreferPeer(String reason) implements SupervisionEffect {}

  /**
   * Tell the module whether this node may run the application.
   *
   * @param unfit why not; empty if it may
   * @param up whether the application, which waited, is up again
   */
  record Fitness(String unfit, boolean up) implements SupervisionEffect {}

  /** Tell the module that the application can not be kept up here, and what is left of it. */
  record Report(String reason, boolean switchOver) implements SupervisionEffect {}
}

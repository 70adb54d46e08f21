package io.lockstep.failover.application;

/** What the supervision wants done. */
public sealed interface SupervisionEffect {
  /** Run the start command; answer with Started or StartFailed. */
  record RunStart() implements SupervisionEffect {}

  /** Run the check command; answer with CheckPassed or CheckFailed. */
  record RunCheck() implements SupervisionEffect {}

  /** Stop what is there and start again; answer with Restarted or RestartFailed. */
  record Restart(String reason) implements SupervisionEffect {}

  /** Stop everything, ending a check or restart that runs; answer with Stopped or StopFailed. */
  record RunStop(boolean kill) implements SupervisionEffect {}

  /** Tell the module that the application can not be kept up here. */
  record Report(String reason, boolean switchOver) implements SupervisionEffect {}
}

package io.lockstep.agent.node;

import java.io.IOException;

/** The application of a module on this node. Start and stop block and are called by one thread. */
public interface ApplicationControl {
  /** Makes the control of one module. */
  interface Factory {
    ApplicationControl of(ModuleContext context, Failed failed);
  }

  /** Told when the application failed beyond its budget. */
  interface Failed {
    void failed(String reason, boolean switchOver);
  }

  void start() throws IOException, InterruptedException;

  /** Returns when nothing of it runs any more. */
  void stop(boolean kill) throws IOException, InterruptedException;

  /**
   * Goes by the configuration as it is now, from the next command on; what runs goes on.
   *
   * @throws IOException when that cannot be; the old one then holds
   */
  void reconfigure() throws IOException;

  /** Whether everything about it is left to the operator: nothing is checked or restarted. */
  void hold(boolean on);

  /** Whether it runs and has passed a check since it was started: what builds on it may start. */
  default boolean well() {
    return true;
  }

  /** One of the states of {@link io.lockstep.agent.api.ModuleStatus.ApplicationStatus}. */
  String state();

  /** More about it, for the operator; may be empty. */
  String text();
}

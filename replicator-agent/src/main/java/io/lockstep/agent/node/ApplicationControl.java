package io.lockstep.agent.node;

import io.lockstep.failover.application.Application;
import java.io.IOException;
import java.util.List;

/** The application of a module on this node. Start and stop block and are called by one thread. */
public interface ApplicationControl {
  /** Makes the control of one module. */
  interface Factory {
    ApplicationControl of(ModuleContext context, Failed failed);
  }

  /** Told of what the module has to act on. */
  interface Failed {
    /** The application failed beyond its budget, and was stopped. */
    void failed(String reason, boolean switchOver);

    /** The other node would be better; the application goes on. Told again while that is so. */
    default void prefersPeer(String reason) {}

    /**
     * Whether this node may run the application.
     *
     * @param unfit why not; empty if it may
     * @param up whether the application, which waited, is up again
     */
    default void fitness(String unfit, boolean up) {}
  }

  /**
   * Looks from now on at what the application has to wait for, on a node that does not serve too.
   */
  default void standBy() throws IOException {}

  /**
   * Returns when the application is up.
   *
   * @throws io.lockstep.failover.application.WaitingException if it has to wait, and is started by
   *     itself later
   */
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

  /** What is looked at, and what was found. */
  default List<Application.CheckerStatus> checkers() {
    return List.of();
  }

  /** Ends the supervision; processes stay as they are. */
  default void close() throws IOException {}
}

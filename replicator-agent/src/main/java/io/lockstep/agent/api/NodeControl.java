package io.lockstep.agent.api;

/**
 * A running node as the console, REST and the command line see it. Safe for any thread. Commands
 * that take long answer once they have begun or were refused; how they go on is in {@link #status}.
 */
public interface NodeControl {
  /** The moment's status; cheap enough to be asked several times a second. */
  NodeStatus status();

  /** The node's events. */
  EventLog events();

  /** Whether this node serves the module, with its application running where it has one. */
  boolean serving(String module);

  /**
   * Starts a stopped module.
   *
   * @param force serves also without knowing that the own copy is the newest; begins a new
   *     generation
   */
  CommandResult start(String module, boolean force);

  /** What {@code start --force} may lose now, for the question that the operator is asked. */
  String forceWarning(String module);

  /** Stops the application, its address and the replication of the module, on both nodes. */
  CommandResult stop(String module);

  /** Moves the module to the peer of the node that serves it. */
  CommandResult switchover(String module);

  /** Moves the module to its preferred node. */
  CommandResult switchback(String module);

  /** Leaves takeovers and switchovers to the operator; replication goes on. */
  CommandResult pause(String module);

  /** Ends a pause: decisions are automatic again. */
  CommandResult resume(String module);

  /**
   * Compares this node's copy with the peer's in full and mends it; for the node that is in doubt.
   */
  CommandResult resync(String module);

  /**
   * Rehearses a takeover on the node that is the secondary, whichever of both is asked; answers
   * once it has begun.
   */
  CommandResult drill(String module);

  /** Looks at a split, and at what splits left in quarantine. */
  SplitControl split();

  /**
   * Decides a split: the copy of {@code node} goes on, the other's differing files are quarantined.
   */
  CommandResult splitKeep(String module, String node);

  /**
   * Brings a new configuration to both nodes or to none, as far as running nodes can take it; what
   * needs a restart is named.
   *
   * @param yaml the whole file
   * @param dryRun checks it on both nodes and shows what would change, and changes nothing
   */
  CommandResult applyConfiguration(String yaml, boolean dryRun);

  /** Ends the protection of a module on both nodes; its plain files stay. May take minutes. */
  CommandResult removeModule(String module, RemovalWish wish);

  /** The newest lines of the module's application log on this node, at most that many. */
  CommandResult log(String module, int lines);
}

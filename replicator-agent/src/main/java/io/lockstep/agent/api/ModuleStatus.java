package io.lockstep.agent.api;

import java.util.List;

/**
 * One module as this node sees it.
 *
 * @param nodes this node first, then the peer
 * @param generation of the data, or null before the first
 * @param sequence of the newest operation known
 * @param applied sequence up to which this node's tree has the operations
 * @param checkpoint sequence up to which this node's tree is on stable storage
 * @param lagBytes received by the secondary and not applied there yet
 * @param reintegration null when none is under way
 * @param addresses virtual addresses, with whether this node holds them
 * @param excluded globs of files that are local to each node
 * @param lastTransition the newest takeover, switchover or switchback, or null
 * @param maintenance whether takeovers, switchovers and restarts are left to the operator, here or
 *     at the peer
 * @param drill the one under way here, else the newest that this node knows of; null without any
 */
public record ModuleStatus(
    String module,
    Verdict verdict,
    List<NodeRole> nodes,
    String preferred,
    String generation,
    long sequence,
    long applied,
    long checkpoint,
    long lagBytes,
    long lagOperations,
    LinkStatus link,
    Reintegration reintegration,
    ApplicationStatus application,
    List<HeldAddress> addresses,
    List<String> directories,
    List<String> excluded,
    Transition lastTransition,
    boolean maintenance,
    Drill drill) {

  /**
   * The one line that an operator reads.
   *
   * @param word PROTECTED, MAINTENANCE, EXPOSED, RESYNCHRONIZING, BLOCKED, WAITING, STOPPED, DOWN
   *     or SPLIT
   * @param text the whole line
   * @param nextAction the one thing to do; empty when there is nothing to do
   * @param sinceMs since when it is so
   */
  public record Verdict(String word, String text, String nextAction, long sinceMs) {}

  /**
   * What a node does for the module and how good its copy is.
   *
   * @param known false when the peer was not heard: role and data are then the last known
   */
  public record NodeRole(String node, String role, String data, boolean known) {}

  /** The link's state and its bytes since the agent started. */
  public record LinkStatus(String state, long sentBytes, long receivedBytes) {}

  /**
   * How far the return of a node is.
   *
   * @param etaMs milliseconds still to go; -1 while unknown
   */
  public record Reintegration(
      String source,
      String target,
      double percent,
      long bytesDone,
      long bytesTotal,
      long filesDone,
      long filesTotal,
      long etaMs) {}

  /**
   * The application on this node.
   *
   * @param state NONE, STOPPED, STARTING, RUNNING, FAILING, RESTARTING, SUSPENDING, WAITING,
   *     GIVING_UP, STOPPING or FAILED
   * @param checkers what is looked at, the check command first
   */
  public record ApplicationStatus(String state, String text, List<CheckerStatus> checkers) {
    /** Keeps an unmodifiable copy. */
    public ApplicationStatus {
      checkers = List.copyOf(checkers);
    }
  }

  /**
   * A checker on this node.
   *
   * @param state GOOD, BAD, or UNKNOWN while it is not looked at
   * @param then what follows: RESTART, SWITCHOVER, STOP or WAIT
   * @param failures in a row
   * @param limit of failures after which {@code then} follows
   * @param sinceMs since when the state is so; 0 while it is unknown
   * @param text what the last look found wrong; empty otherwise
   */
  public record CheckerStatus(
      String name, String state, String then, int failures, int limit, long sinceMs, String text) {}

  /**
   * A virtual address.
   *
   * @param held whether this node holds it
   * @param outside what an outside host sees of it; empty where none is asked, or it is not here
   */
  public record HeldAddress(String address, boolean held, String outside) {}

  /**
   * A rehearsal of a takeover.
   *
   * @param node on which it is held
   * @param phase what is done now; empty once it is over
   * @param endedMs 0 while it goes on
   * @param outcome GOOD, FAILED or ABORTED; empty while it goes on
   * @param recoveryMs the measured time; -1 unless it is GOOD
   * @param drainMs of it to apply what had been received; -1 where it did not come to that
   * @param startMs of it for the start command; the same
   * @param text the whole in one line
   */
  public record Drill(
      String node,
      String who,
      String phase,
      long beganMs,
      long endedMs,
      String outcome,
      long recoveryMs,
      long drainMs,
      long startMs,
      String text) {}

  /**
   * A change of the serving node, step by step.
   *
   * @param kind TAKEOVER, SWITCHOVER or SWITCHBACK
   * @param finishedMs 0 while it goes on
   * @param ok whether it went well; meaningless while it goes on
   */
  public record Transition(
      String kind,
      String from,
      String to,
      long startedMs,
      long finishedMs,
      boolean ok,
      String message,
      List<Step> steps) {
    /** Keeps an unmodifiable copy. */
    public Transition {
      steps = List.copyOf(steps);
    }
  }

  /**
   * One step of it.
   *
   * @param state PENDING, RUNNING, DONE or FAILED
   * @param tookMs so far, when it runs
   */
  public record Step(String name, String state, long tookMs) {}

  /** Keeps unmodifiable copies. */
  public ModuleStatus {
    nodes = List.copyOf(nodes);
    addresses = List.copyOf(addresses);
    directories = List.copyOf(directories);
    excluded = List.copyOf(excluded);
  }
}

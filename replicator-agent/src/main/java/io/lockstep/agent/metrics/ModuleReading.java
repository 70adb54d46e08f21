package io.lockstep.agent.metrics;

import java.util.Map;

/**
 * One module at one moment. Sizes in bytes, times in ns; what is not there is 0.
 *
 * @param role this node's
 * @param data state of this node's copy
 * @param verdict its first word
 * @param operations numbered by this node since its agent started
 * @param sequence of the newest operation known
 * @param lagOperations received by the secondary and not in its files yet
 * @param journalFree on the journal's file system, for everybody
 * @param dirtyFiles files and directories changed since the peer was lost
 * @param dirtyEverything whether a return will compare everything
 * @param returning whether a reintegration is under way with this node as source
 * @param etaNs until its end; -1 while unknown
 * @param applicationUp whether the application runs on this node and its checks pass
 * @param drillNs what the newest drill that told something measured; 0 where it failed
 * @param drillGood whether it was good
 * @param drillAgeNs since its end; -1 before the first
 * @param checkers what was found last, by the checker's name; those not looked at are missing
 * @param confirmed whether an outside host finds each virtual address that is here and that one is
 *     asked about
 * @param transitions ended since the agent started, by {@code KIND ok} or {@code KIND failed}
 */
public record ModuleReading(
    String role,
    String data,
    String verdict,
    long operations,
    long sequence,
    long applied,
    long checkpoint,
    long lagOperations,
    long lagBytes,
    long journalUsed,
    long journalLimit,
    long journalFree,
    long dirtyFiles,
    long dirtyBytes,
    boolean dirtyEverything,
    boolean returning,
    double percent,
    long returnSentBytes,
    long etaNs,
    boolean applicationUp,
    long drillNs,
    boolean drillGood,
    long drillAgeNs,
    Map<String, Boolean> checkers,
    Map<String, Boolean> confirmed,
    Map<String, Long> transitions) {
  /** Keeps unmodifiable copies. */
  public ModuleReading {
    checkers = Map.copyOf(checkers);
    confirmed = Map.copyOf(confirmed);
    transitions = Map.copyOf(transitions);
  }
}

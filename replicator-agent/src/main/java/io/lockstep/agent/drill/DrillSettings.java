package io.lockstep.agent.drill;

/**
 * How a module's drills go. Durations in ns.
 *
 * @param node this one's name
 * @param application whether there is one to start
 * @param everyMs interval of drills that begin by themselves; 0 for none
 * @param timeoutNs for a whole drill, but for what it takes to discard it
 * @param mostBytes that the application may write to the module's directories
 * @param mostLagBytes received and not applied, at which a drill gives way: less than that at which
 *     the primary is slowed down
 * @param leastFreeBytes on the file system that takes what is written
 * @param checkEveryNs interval of checks
 * @param patienceNs in which a check has to pass, from the end of the start command on
 */
public record DrillSettings(
    String node,
    boolean application,
    long everyMs,
    long timeoutNs,
    long mostBytes,
    long mostLagBytes,
    long leastFreeBytes,
    long checkEveryNs,
    long patienceNs) {}

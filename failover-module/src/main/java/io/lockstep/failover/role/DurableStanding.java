package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/**
 * What a node's durable record says when its agent starts (PROTOCOL §9).
 *
 * @param generation {@link Generation#NONE} on a node without data
 * @param stopped whether an operator stopped the module
 * @param alone whether the node ran alone in {@code generation}: if its copy is still up to date,
 *     it is the newest, and may be served at boot
 * @param stoppedBy who stopped the module; else empty
 * @param clean whether the last stop was orderly
 * @param pausedBy who left decisions to the operator; else empty
 * @param sameBoot whether the machine went on since the record was written (only the agent died)
 */
public record DurableStanding(
    Generation generation,
    long view,
    boolean stopped,
    boolean alone,
    String stoppedBy,
    boolean clean,
    DataState dataState,
    String pausedBy,
    boolean sameBoot) {}

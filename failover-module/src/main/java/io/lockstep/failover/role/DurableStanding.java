package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;

/**
 * What a node's durable record says when its agent starts (PROTOCOL §9).
 *
 * @param generation {@link Generation#NONE} on a node without data
 * @param standing last role that was made durable: STOPPED, WAITING, SECONDARY, PRIMARY or ALONE
 * @param stoppedBy who stopped the module, when {@code standing} is STOPPED; else empty
 * @param clean whether the last stop was orderly
 * @param sameBoot whether the machine went on since the record was written (only the agent died)
 */
public record DurableStanding(
    Generation generation,
    long view,
    Role standing,
    String stoppedBy,
    boolean clean,
    DataState dataState,
    boolean sameBoot) {}

package io.lockstep.failover.contact;

import io.lockstep.replicator.model.Generation;

/**
 * Where a generation began.
 *
 * @param parent the one before; {@link Generation#NONE} for the first
 * @param forkSequence last operation of the parent that the generation holds
 */
public record Fork(Generation generation, Generation parent, long forkSequence) {}

package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.Generation;
import java.util.UUID;

/**
 * What the changes in a dirty map are relative to: this peer's copy, at this point of this history.
 * A peer that turns up below it (restored from a backup) or as another must be compared in full.
 *
 * @param peer incarnation of the peer
 * @param generation of the history that both had
 * @param sequence up to which the peer is known to hold it
 */
public record DirtyBase(UUID peer, Generation generation, long sequence) {}

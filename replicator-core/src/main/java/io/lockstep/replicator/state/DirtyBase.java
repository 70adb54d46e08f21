package io.lockstep.replicator.state;

import io.lockstep.replicator.model.Generation;
import java.util.UUID;

/**
 * What the dirty map is relative to: everything that the peer of this incarnation lacks above this
 * sequence of this generation is in the map. A peer that turns up durably below needs more.
 */
public record DirtyBase(UUID peerIncarnation, Generation generation, long sequence) {}

package io.lockstep.failover.arbiter;

import io.lockstep.replicator.model.Generation;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * What a node says of itself when it asks the arbiter.
 *
 * @param me incarnation of the node's state: a node set up anew is another, whatever its name
 * @param peer incarnation of the peer as of the last contact; null when never met
 * @param generation of the own copy
 * @param lineage that generation and those it came from
 * @param alone whether the own durable record says that this node ran alone in {@code generation}
 * @param eligible whether the own copy holds everything that the peer acknowledged
 * @param inContact whether the peer was met on this link, so that first contact decided together
 * @param peerConsents whether the peer has made durable, in this generation, that it will not take
 *     over
 * @param peerServes whether the peer serves, in this generation
 */
public record Claim(
    UUID me,
    UUID peer,
    Generation generation,
    Set<Generation> lineage,
    boolean alone,
    boolean eligible,
    boolean inContact,
    boolean peerConsents,
    boolean peerServes) {
  public Claim {
    peerServes = peerServes && peer != null;
    Set<Generation> all = new HashSet<>(lineage);
    all.add(generation);
    lineage = Set.copyOf(all);
  }
}

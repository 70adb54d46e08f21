package io.lockstep.agent.split;

/** A file in one of a node's quarantines. */
public record QuarantineMatch(QuarantineHead head, QuarantineEntry entry) {}

package io.lockstep.replicator.model;

/**
 * One step of a copy's history: {@code generation} began after sequence {@code forkSequence} of its
 * {@code parent}.
 */
public record Ancestor(Generation generation, Generation parent, long forkSequence) {}

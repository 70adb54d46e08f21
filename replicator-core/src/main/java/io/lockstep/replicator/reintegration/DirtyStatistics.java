package io.lockstep.replicator.reintegration;

/**
 * How much changed.
 *
 * @param files files and directories of which content or attributes changed
 * @param directories directories of which names changed
 * @param bytes length of the changed ranges, as far as they are known by offset
 * @param everything whether so much changed, or so little is known, that all is to be compared
 */
public record DirtyStatistics(long files, long directories, long bytes, boolean everything) {}

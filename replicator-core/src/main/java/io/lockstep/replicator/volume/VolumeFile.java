package io.lockstep.replicator.volume;

/**
 * A file that an interceptor has open. Belongs to the volume that returned it; closed with {@link
 * Volume#close}.
 */
public interface VolumeFile {
  /** The file. */
  TreeNode node();
}

package io.lockstep.replicator.model;

/**
 * What a file system tells of one file. Times are nanoseconds since the epoch of 1970, UTC.
 *
 * @param kind what it is
 * @param permissions the twelve permission bits (set-id, sticky and rwx), without the kind
 * @param owner numeric user
 * @param group numeric group
 * @param links number of names
 * @param sizeBytes length in bytes
 * @param blocks allocated 512-byte units
 * @param blockSizeBytes preferred size of input and output
 * @param device number of a device file, else 0
 * @param inode the store's own number; differs between the nodes
 */
public record FileStatus(
    FileKind kind,
    int permissions,
    int owner,
    int group,
    int links,
    long sizeBytes,
    long blocks,
    int blockSizeBytes,
    long device,
    long inode,
    long accessNs,
    long modifyNs,
    long changeNs) {}

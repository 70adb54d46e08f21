package io.lockstep.replicator.port;

/**
 * Why a file store or volume refuses, in words that every platform has; mapped to errno or NTSTATUS
 * at the edge.
 */
public enum Failure {
  NOT_FOUND,
  EXISTS,
  NOT_A_DIRECTORY,
  IS_A_DIRECTORY,
  NOT_EMPTY,
  NO_SPACE,
  QUOTA,
  NO_PERMISSION,
  NOT_PERMITTED,
  READ_ONLY,
  TOO_LARGE,
  NAME_TOO_LONG,
  TOO_MANY_LINKS,
  TOO_MANY_OPEN,
  CROSSES_STORES,
  INVALID,
  NOT_SUPPORTED,
  NO_ATTRIBUTE,
  ATTRIBUTE_TOO_LARGE,
  NO_MEMORY,
  BUSY,
  STALE,
  LOOP,
  /** A hole or data was sought beyond the end. */
  NO_SUCH_RANGE,
  /** The device or the replication failed. */
  IO
}

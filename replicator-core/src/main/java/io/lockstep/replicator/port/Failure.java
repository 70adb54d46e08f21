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
  IO;

  /** Whether it is an answer like any other, of which nobody wants to know where it came from. */
  public boolean isOrdinary() {
    return switch (this) {
      case NOT_FOUND, EXISTS, NOT_A_DIRECTORY, NOT_EMPTY, NO_ATTRIBUTE, NO_SUCH_RANGE -> true;
      case IS_A_DIRECTORY, NO_SPACE, QUOTA, NO_PERMISSION, NOT_PERMITTED, READ_ONLY -> false;
      case TOO_LARGE, NAME_TOO_LONG, TOO_MANY_LINKS, TOO_MANY_OPEN, CROSSES_STORES -> false;
      case INVALID, NOT_SUPPORTED, ATTRIBUTE_TOO_LARGE, NO_MEMORY, BUSY, STALE, LOOP, IO -> false;
    };
  }
}

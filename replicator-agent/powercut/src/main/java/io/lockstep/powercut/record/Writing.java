package io.lockstep.powercut.record;

/**
 * The ways in which a recorder writes. Each counts its writes from 1 and holds back none: write n+1
 * begins when write n was acknowledged.
 */
public enum Writing {
  /** Lines appended to a file, fsync now and then. */
  APPEND,
  /** Lines appended to a file that is open with O_DSYNC. */
  DSYNC,
  /**
   * Files written, synced and renamed into place; the one {@link Content#FILES_KEPT} before goes.
   */
  FILES,
  /** Blocks of one file overwritten in random order, fdatasync now and then. */
  BLOCKS;

  /** The name of its file or directory in the run's directory. */
  String place() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

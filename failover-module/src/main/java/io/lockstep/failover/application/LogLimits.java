package io.lockstep.failover.application;

/**
 * How much of an application's output is kept.
 *
 * @param files the one being written and the older ones
 * @param bytes of one file
 */
public record LogLimits(int files, long bytes) {
  /** Five files of 1 MiB. */
  public static final LogLimits DEFAULT = new LogLimits(5, 1 << 20);

  /** Checks that the limits can work. */
  public LogLimits {
    if (files < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "a log needs at least one file of one byte, not " + files + " of " + bytes);
    }
  }
}

package io.lockstep.platform.linux.syscall;

import java.math.BigInteger;

/**
 * The kernel's seconds and nanoseconds, and ns since 1970 in a long: from the year 1677 to 2262.
 * What lies beyond is taken for the nearest that fits, as file systems do with what they cannot
 * keep.
 */
public final class Times {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);

  private Times() {}

  /** In ns since 1970. */
  public static long ns(long seconds, int nanos) {
    long bound = Long.MAX_VALUE / SECOND_NS;
    if (seconds < bound && seconds > -bound) {
      return seconds * SECOND_NS + nanos;
    }
    BigInteger exact =
        BigInteger.valueOf(seconds)
            .multiply(BigInteger.valueOf(SECOND_NS))
            .add(BigInteger.valueOf(nanos));
    return exact.min(MAX).max(MIN).longValue();
  }

  /** Of ns since 1970: the whole seconds, rounded down. */
  public static long seconds(long ns) {
    return Math.floorDiv(ns, SECOND_NS);
  }

  /** Of ns since 1970: what remains above the whole seconds. */
  public static int nanos(long ns) {
    return (int) Math.floorMod(ns, SECOND_NS);
  }
}

package io.lockstep.replicator.reintegration;

/**
 * Decides after each round whether the next is the last, and how much writers are held back. Pure.
 *
 * @param finalBytes most changed bytes that the last round may begin with
 * @param finalElements most changed files and directories that it may begin with
 * @param finalMs the last round may also begin when its transfer is estimated below this
 * @param maxRounds after which the last round comes whatever remains
 */
public record RoundPolicy(long finalBytes, long finalElements, long finalMs, int maxRounds) {
  /** The usual bounds. */
  public static final RoundPolicy USUAL = new RoundPolicy(4 << 20, 1000, 200, 24);

  /** What an element costs beside its content, in bytes. */
  static final long ELEMENT_BYTES = 1024;

  private static final double SHRINK = 0.7;

  /** Writers that are held back further would look dead to their users. */
  private static final long MIN_LIMIT = 2 << 20;

  /**
   * What is left to do.
   *
   * @param bytes known changed content
   * @param elements files and directories
   * @param unknown whether some of it has no known extent, so that it must be compared first
   */
  record Remaining(long bytes, long elements, boolean unknown) {
    long cost() {
      return bytes + ELEMENT_BYTES * elements;
    }
  }

  /**
   * What to do next.
   *
   * @param last whether the gate is held and the next round is the last
   * @param limit bytes a second that writers may write from now on, 0 for no limit
   */
  record Decision(boolean last, long limit) {}

  /**
   * Decides.
   *
   * @param rounds done so far
   * @param before what the last round began with; ignored when none was
   * @param now what came meanwhile
   * @param rate measured bytes a second, 0 when unknown
   * @param limit on writers now, 0 for none
   */
  Decision decide(int rounds, Remaining before, Remaining now, long rate, long limit) {
    boolean small = now.bytes() <= finalBytes && now.elements() <= finalElements;
    boolean quick = rounds > 0 && rate > 0 && now.cost() * 1000 / rate < finalMs;
    if ((!now.unknown() && (small || quick)) || rounds >= maxRounds) {
      return new Decision(true, limit);
    }
    boolean shrinks = rounds == 0 || before.unknown() || now.cost() <= SHRINK * before.cost();
    if (shrinks) {
      return new Decision(false, limit);
    }
    long next = limit == 0 ? rate / 2 : limit / 2;
    return new Decision(false, Math.max(MIN_LIMIT, next));
  }
}

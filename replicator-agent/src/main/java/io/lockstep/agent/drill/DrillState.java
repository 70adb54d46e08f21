package io.lockstep.agent.drill;

import io.lockstep.agent.drill.DrillResult.Outcome;
import java.util.function.Consumer;

/**
 * Where a drill stands.
 *
 * @param who ordered it
 * @param beganMs by the wall clock
 * @param beganNs when it began
 * @param sinceNs when the phase began
 * @param drainNs how long draining took; -1 before
 * @param startedAfterNs how long the start command took; -1 before
 * @param recoveredNs the measured time; -1 before
 * @param outcome once it is decided, null before
 * @param text why
 * @param fitSinceNs since when a takeover could be rehearsed here; {@link #NEVER} when not
 * @param lastMs when the newest drill on this node ended; {@link #NEVER} before the first
 */
public record DrillState(
    Phase phase,
    String who,
    long beganMs,
    long beganNs,
    long sinceNs,
    long drainNs,
    long startedAfterNs,
    long recoveredNs,
    Outcome outcome,
    String text,
    long fitSinceNs,
    long lastMs) {
  /** A time that has not come. */
  public static final long NEVER = Long.MIN_VALUE;

  /** What is done now. */
  public enum Phase {
    /** No drill: left by an order, or when one is due. */
    IDLE,
    /** What was received goes to the tree, as in a takeover. */
    DRAINING,
    /** The place is made. */
    OPENING,
    /** The start command runs. */
    STARTING,
    /** The check runs until it passes. */
    CHECKING,
    /** The stop command runs. */
    STOPPING,
    /** Everything is removed; left only when it is. */
    DISCARDING
  }

  /** No drill; the newest on this node ended at {@code lastMs}, or {@link #NEVER}. */
  public static DrillState idle(long lastMs) {
    return new DrillState(Phase.IDLE, "", 0, 0, 0, -1, -1, -1, null, "", NEVER, lastMs);
  }

  /** Whether a drill is under way. */
  public boolean active() {
    return phase != Phase.IDLE;
  }

  DrillState begun(String by, long wallMs, long nowNs) {
    return new DrillState(
        Phase.DRAINING, by, wallMs, nowNs, nowNs, -1, -1, -1, null, "", fitSinceNs, lastMs);
  }

  DrillState to(Phase next, long nowNs) {
    return with(
        copy -> {
          copy.inPhase = next;
          copy.since = nowNs;
        });
  }

  DrillState drained(long ns) {
    return with(copy -> copy.drain = ns);
  }

  DrillState startedAfter(long ns) {
    return with(copy -> copy.startedAfter = ns);
  }

  DrillState recovered(long ns) {
    return with(copy -> copy.recovered = ns);
  }

  DrillState decided(Outcome how, String why) {
    return with(
        copy -> {
          copy.how = how;
          copy.why = why;
        });
  }

  DrillState fitSince(long ns) {
    return with(copy -> copy.fitSince = ns);
  }

  private DrillState with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return new DrillState(
        copy.inPhase,
        who,
        beganMs,
        beganNs,
        copy.since,
        copy.drain,
        copy.startedAfter,
        copy.recovered,
        copy.how,
        copy.why,
        copy.fitSince,
        lastMs);
  }

  /** What changes during a drill, in the making. */
  private static final class Copy {
    private Phase inPhase;
    private long since;
    private long drain;
    private long startedAfter;
    private long recovered;
    private Outcome how;
    private String why;
    private long fitSince;

    Copy(DrillState of) {
      inPhase = of.phase;
      since = of.sinceNs;
      drain = of.drainNs;
      startedAfter = of.startedAfterNs;
      recovered = of.recoveredNs;
      how = of.outcome;
      why = of.text;
      fitSince = of.fitSinceNs;
    }
  }
}

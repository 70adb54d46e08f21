package io.lockstep.failover.heartbeat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Judges from heartbeats whether the peer is alive. Pure.
 *
 * <p>The peer is silent when no network has brought a heartbeat for {@code takeoverAfter}. A
 * process that stood still itself (SIGSTOP, a frozen virtual machine) would see silence where there
 * was none: after a gap in its own ticks everything is void and a full fresh silence is demanded.
 * The shell gives what had arrived meanwhile before the tick.
 */
public final class HeartbeatMachine {
  private static final long NEVER = Long.MIN_VALUE;

  /** What happens. */
  public sealed interface Input {
    /** A genuine, fresh heartbeat of the peer came on a path. */
    record Heard(int path) implements Input {}

    /** The peer's machine answers on a path that nobody listens at the port. */
    record Unreachable(int path) implements Input {}

    /** The peer said goodbye: no heartbeat is expected. */
    record Left() implements Input {}

    /** An operator changed the times. */
    record Settings(HeartbeatSettings settings) implements Input {}

    /** Time has passed; everything received before was given first. */
    record Tick() implements Input {}
  }

  /** What follows. */
  public sealed interface Output {
    /** A heartbeat is due on every path. */
    record Send() implements Output {}

    /** Nothing was heard for that long, on any path. Once. */
    record Silent(long silentNs) implements Output {}

    /** Heard again after silence, goodbye or the end of its process. */
    record Back() implements Output {}

    /** This process stood still. */
    record Frozen(long gapNs) implements Output {}

    /** Every path on which the peer was heard says that its process is gone. Once. */
    record ProcessGone() implements Output {}
  }

  /**
   * What the machine knows.
   *
   * @param heardNs when the peer was last heard, by path; Long.MIN_VALUE for never
   * @param unreachable paths, in order, on which its port is closed
   * @param silenceSinceNs from when on a silence may be counted
   * @param away whether silence or goodbye was told already
   */
  public record State(
      HeartbeatSettings settings,
      List<Long> heardNs,
      List<Boolean> unreachable,
      long lastTickNs,
      long nextSendNs,
      long silenceSinceNs,
      boolean away) {
    /** At the start, with a number of paths. */
    public static State initial(HeartbeatSettings settings, int paths, long nowNs) {
      return new State(
          settings,
          Collections.nCopies(paths, NEVER),
          Collections.nCopies(paths, false),
          nowNs,
          nowNs,
          nowNs,
          false);
    }
  }

  /** The outcome of one input. */
  public record Step(State state, List<Output> outputs) {}

  private HeartbeatMachine() {}

  /** Takes one input; {@code nowNs} never goes back. */
  public static Step step(State s, Input input, long nowNs) {
    if (input instanceof Input.Heard heard) {
      return heard(s, heard.path(), nowNs);
    }
    if (input instanceof Input.Unreachable gone) {
      return unreachable(s, gone.path());
    }
    if (input instanceof Input.Left) {
      return new Step(with(s, s.heardNs(), s.unreachable(), s.silenceSinceNs(), true), List.of());
    }
    if (input instanceof Input.Settings changed) {
      return new Step(settings(s, changed.settings(), nowNs), List.of());
    }
    return tick(s, nowNs);
  }

  /** Whether this process has stood still since the last tick, and that was not told yet. */
  static boolean stoodStill(State s, long nowNs) {
    return nowNs - s.lastTickNs() > s.settings().frozenAfterNs();
  }

  /** Silence under the old times says nothing under the new ones: it is counted afresh. */
  private static State settings(State s, HeartbeatSettings settings, long nowNs) {
    return new State(
        settings, s.heardNs(), s.unreachable(), s.lastTickNs(), nowNs, nowNs, s.away());
  }

  private static Step heard(State s, int path, long nowNs) {
    List<Output> out = s.away() || gone(s) ? List.of(new Output.Back()) : List.of();
    return new Step(
        with(s, set(s.heardNs(), path, nowNs), set(s.unreachable(), path, false), nowNs, false),
        out);
  }

  /** A process that is gone is silent too, in time: its machine may still run what it served. */
  private static Step unreachable(State s, int path) {
    if (s.heardNs().get(path) == NEVER) {
      return new Step(s, List.of());
    }
    State next =
        with(s, s.heardNs(), set(s.unreachable(), path, true), s.silenceSinceNs(), s.away());
    boolean tell = gone(next) && !gone(s) && !s.away();
    return new Step(next, tell ? List.of(new Output.ProcessGone()) : List.of());
  }

  /** Whether every path on which the peer was ever heard is refused by its machine. */
  private static boolean gone(State s) {
    boolean heard = false;
    for (int i = 0; i < s.unreachable().size(); i++) {
      if (s.heardNs().get(i) != NEVER) {
        heard = true;
        if (!s.unreachable().get(i)) {
          return false;
        }
      }
    }
    return heard;
  }

  private static Step tick(State s, long nowNs) {
    List<Output> out = new ArrayList<>();
    long gap = nowNs - s.lastTickNs();
    long since = s.silenceSinceNs();
    boolean away = s.away();
    if (stoodStill(s, nowNs)) {
      out.add(new Output.Frozen(gap));
      since = nowNs;
      away = false;
    } else if (!away && nowNs - since >= s.settings().takeoverAfterNs()) {
      out.add(new Output.Silent(nowNs - since));
      away = true;
    }
    long next = s.nextSendNs();
    if (nowNs >= next) {
      out.add(new Output.Send());
      next = nowNs + s.settings().intervalNs();
    }
    return new Step(
        new State(s.settings(), s.heardNs(), s.unreachable(), nowNs, next, since, away), out);
  }

  private static State with(
      State s, List<Long> heardNs, List<Boolean> unreachable, long since, boolean away) {
    return new State(
        s.settings(), heardNs, unreachable, s.lastTickNs(), s.nextSendNs(), since, away);
  }

  private static <T> List<T> set(List<T> list, int index, T value) {
    List<T> copy = new ArrayList<>(list);
    copy.set(index, value);
    return List.copyOf(copy);
  }
}

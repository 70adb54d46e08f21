package io.lockstep.failover.replay;

import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What came from outside during a session, as a machine with other times would have seen it. */
final class World {
  private static final long STALL_TOLD_EVERY_NS = 2_000_000_000L;

  /** One input, when it came, and when the next heartbeat came; Long.MAX_VALUE for none. */
  record Event(long nowNs, RoleInput input, long nextHeardNs) {}

  private World() {}

  /**
   * In the order of time.
   *
   * @param was the times that the recorded machine went by
   * @param silence whether the end and the beginning of heartbeats are told as they were found
   */
  static List<Event> of(
      List<Playing.Taken> taken, RoleSettings was, RoleSettings settings, boolean silence) {
    List<Event> events = new ArrayList<>();
    for (Playing.Taken each : taken) {
      if (isFromOutside(each.input(), silence)) {
        events.add(new Event(each.nowNs(), each.input(), Long.MAX_VALUE));
      }
    }
    List<Event> shifted = waits(events, was.ackTimeoutNs(), settings.ackTimeoutNs());
    shifted.sort(Comparator.comparingLong(Event::nowNs));
    return withNextHeard(shifted);
  }

  private static boolean isFromOutside(RoleInput input, boolean silence) {
    boolean watched = input instanceof RoleInput.PeerSilent || input instanceof RoleInput.PeerBack;
    return !Answers.isAnswer(input)
        && !(input instanceof RoleInput.Tick)
        && !(input instanceof RoleInput.Settings)
        && (silence || !watched);
  }

  /**
   * The wait that an AckTimeout tells of began {@code wasNs} before it: under another timeout it is
   * told earlier, or later, or not at all where the wait was over by then.
   */
  private static List<Event> waits(List<Event> events, long wasNs, long nowNs) {
    List<Event> shifted = new ArrayList<>();
    long toldNs = Long.MIN_VALUE;
    long dueNs = 0;
    for (Event event : events) {
      if (!(event.input() instanceof RoleInput.AckTimeout)) {
        shifted.add(event);
        continue;
      }
      boolean first = toldNs == Long.MIN_VALUE || event.nowNs() - toldNs > STALL_TOLD_EVERY_NS;
      toldNs = event.nowNs();
      if (first) {
        dueNs = event.nowNs() - wasNs + nowNs;
      }
      if (first && dueNs < event.nowNs()) {
        shifted.add(new Event(dueNs, event.input(), Long.MAX_VALUE));
      }
      if (event.nowNs() >= dueNs) {
        shifted.add(event);
      }
    }
    return shifted;
  }

  private static List<Event> withNextHeard(List<Event> events) {
    List<Event> all = new ArrayList<>(events);
    long nextNs = Long.MAX_VALUE;
    for (int i = all.size() - 1; i >= 0; i--) {
      Event event = all.get(i);
      all.set(i, new Event(event.nowNs(), event.input(), nextNs));
      if (event.input() instanceof RoleInput.PeerHeard) {
        nextNs = event.nowNs();
      }
    }
    return all;
  }
}

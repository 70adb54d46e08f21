package io.lockstep.failover.replay;

import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the entries of a recording from a role machine's steps: each input that it was given, but a
 * tick that changed nothing leaves no entry, and heartbeats that told nothing new share one.
 * Replayed under the same times neither makes a difference. For one thread.
 */
public final class Recorder {
  private static final int MOST_HEARD = 16;
  private static final long HELD_NS = 10_000_000_000L;
  private static final long PASSED_NS = 60_000_000_000L;

  private final List<Long> heard = new ArrayList<>();
  private long keptNs = Long.MIN_VALUE;
  private long passedNs = Long.MIN_VALUE;

  /** What is to be kept now; what is held back comes with a later step, or {@link #rest}. */
  public List<Entry> took(long nowNs, RoleState before, RoleInput input, Step step) {
    if (keptNs == Long.MIN_VALUE) {
      keptNs = nowNs;
    }
    List<Entry> entries = new ArrayList<>();
    if (isQuiet(before, input, step)) {
      if (input instanceof RoleInput.PeerHeard) {
        heard.add(nowNs);
      }
      passedNs = nowNs;
      boolean full = heard.size() >= MOST_HEARD;
      if (full || (!heard.isEmpty() && nowNs - heard.get(0) >= HELD_NS)) {
        flush(entries);
      } else if (heard.isEmpty() && nowNs - keptNs >= PASSED_NS) {
        entries.add(new Entry.Passed(nowNs));
      }
    } else {
      flush(entries);
      entries.add(new Entry.Took(nowNs, input, step.state().role()));
    }
    if (!entries.isEmpty()) {
      keptNs = nowNs;
    }
    return entries;
  }

  private static boolean isQuiet(RoleState before, RoleInput input, Step step) {
    if (!step.effects().isEmpty()) {
      return false;
    }
    if (input instanceof RoleInput.PeerHeard heard) {
      return heard.peer().equals(before.peer()) && step.state().differsOnlyInHearing(before);
    }
    return input instanceof RoleInput.Tick && step.state().equals(before);
  }

  /** What is held back, and until when time has passed. */
  public List<Entry> rest() {
    List<Entry> entries = new ArrayList<>();
    flush(entries);
    if (passedNs > keptNs) {
      entries.add(new Entry.Passed(passedNs));
      keptNs = passedNs;
    }
    return entries;
  }

  private void flush(List<Entry> entries) {
    if (!heard.isEmpty()) {
      entries.add(new Entry.Heard(List.copyOf(heard)));
      heard.clear();
    }
  }
}

package io.lockstep.failover.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.heartbeat.HeartbeatMachine.Input;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Output;
import io.lockstep.failover.heartbeat.HeartbeatMachine.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * All states of the heartbeat machine with two paths, in steps of 100 ms, and every input at each:
 * silence is told only after a whole one, in which this process never stood still; each thing once.
 */
class HeartbeatSpaceTest {
  private static final long MS = 1_000_000;
  private static final List<HeartbeatSettings> SETTINGS =
      List.of(
          HeartbeatSettings.of(Duration.ofMillis(100), Duration.ofMillis(500)),
          HeartbeatSettings.of(Duration.ofMillis(100), Duration.ofMillis(800)));
  private static final int STEP_MS = 100;

  /** A state, and what an onlooker knows: when a silence can have begun, what was told last. */
  private record Place(
      State state,
      long now,
      long freshNs,
      boolean told,
      List<Boolean> heard,
      List<Boolean> closed) {
    List<Object> key() {
      return List.of(
          state.settings(),
          state.away(),
          heard,
          closed,
          told,
          Math.min(900, (now - freshNs) / MS),
          Math.min(900, (now - state.silenceSinceNs()) / MS),
          (now - state.lastTickNs()) / MS,
          Math.max(-200, (state.nextSendNs() - now) / MS));
    }
  }

  private final Set<List<Object>> known = new HashSet<>();
  private final Deque<Place> waiting = new ArrayDeque<>();
  private final Set<String> broken = new TreeSet<>();
  private final Set<String> outputs = new TreeSet<>();
  private int pairs;

  @Test
  void noPairBreaksAPromise() {
    State initial = State.initial(SETTINGS.get(0), 2, 0);
    add(new Place(initial, 0, 0, false, List.of(false, false), List.of(false, false)));
    while (!waiting.isEmpty()) {
      Place place = waiting.remove();
      for (int path = 0; path < 2; path++) {
        look(place, new Input.Heard(path), 0);
        look(place, new Input.Unreachable(path), 0);
      }
      look(place, new Input.Left(), 0);
      SETTINGS.forEach(each -> look(place, new Input.Settings(each), 0));
      for (int ms : new int[] {STEP_MS, 300, 400, 900}) {
        look(place, new Input.Tick(), ms * MS);
      }
    }
    assertThat(broken).isEmpty();
    assertThat(outputs).containsExactly("Back", "Frozen", "ProcessGone", "Send", "Silent");
    assertThat(pairs).isGreaterThan(5_000);
  }

  private void add(Place place) {
    if (known.add(place.key())) {
      waiting.add(place);
    }
  }

  private void look(Place place, Input input, long laterNs) {
    pairs++;
    long now = place.now + laterNs;
    HeartbeatMachine.Step step = HeartbeatMachine.step(place.state, input, now);
    long gap = now - place.state.lastTickNs();
    boolean frozen = input instanceof Input.Tick && gap > place.state.settings().frozenAfterNs();
    boolean heard = input instanceof Input.Heard;
    boolean anew = heard || frozen || input instanceof Input.Settings;
    List<Boolean> heardOn = place.heard;
    List<Boolean> closed = place.closed;
    if (input instanceof Input.Heard h) {
      heardOn = set(heardOn, h.path(), true);
      closed = set(closed, h.path(), false);
    } else if (input instanceof Input.Unreachable u && heardOn.get(u.path())) {
      closed = set(closed, u.path(), true);
    }
    boolean told = place.told;
    for (Output output : step.outputs()) {
      outputs.add(output.getClass().getSimpleName());
      check(place, output, now, frozen, heard, gone(heardOn, closed));
      told |= output instanceof Output.Silent;
    }
    boolean due =
        input instanceof Input.Tick
            && !frozen
            && !place.told
            && !place.state.away()
            && now - place.freshNs >= place.state.settings().takeoverAfterNs();
    if (due && !told) {
      broken.add("a whole silence is not told");
    }
    boolean sends = step.outputs().stream().anyMatch(o -> o instanceof Output.Send);
    if (input instanceof Input.Tick && now >= place.state.nextSendNs() != sends) {
      broken.add("a heartbeat is not sent when it is due");
    }
    long fresh = anew ? now : place.freshNs;
    boolean still = told && !heard && !frozen;
    add(new Place(step.state(), now, fresh, still, heardOn, closed));
  }

  private void check(
      Place place, Output output, long now, boolean frozen, boolean heard, boolean gone) {
    if (output instanceof Output.Silent) {
      expect(!frozen && !place.told, "silence is told twice, or after a freeze");
      long silence = now - place.freshNs;
      expect(silence >= place.state.settings().takeoverAfterNs(), "silence is told too early");
    } else if (output instanceof Output.Frozen) {
      expect(frozen, "a freeze that was none");
    } else if (output instanceof Output.Back) {
      boolean wasGone = gone(place.heard, place.closed);
      expect(heard && (place.state.away() || wasGone), "back although it was never away");
    } else if (output instanceof Output.ProcessGone) {
      expect(gone, "a process that is not gone on every path on which it was heard");
    }
  }

  private void expect(boolean holds, String promise) {
    if (!holds) {
      broken.add(promise);
    }
  }

  private static boolean gone(List<Boolean> heard, List<Boolean> closed) {
    boolean any = heard.get(0) || heard.get(1);
    return any && (!heard.get(0) || closed.get(0)) && (!heard.get(1) || closed.get(1));
  }

  private static List<Boolean> set(List<Boolean> list, int index, boolean value) {
    List<Boolean> copy = new ArrayList<>(list);
    copy.set(index, value);
    return List.copyOf(copy);
  }
}

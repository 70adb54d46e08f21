package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.ApplicationSpec.Check;
import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * All states of the supervision, in steps of a second, and every input at each, expected or not:
 * never more restarts than the budget, nothing started once it is to stop, one check at a time.
 */
class SupervisionSpaceTest {
  private static final long S = 1_000_000_000;
  private static final int WITHIN_S = 3;
  private static final int MAX_RESTARTS = 2;

  private static final List<SupervisionInput> INPUTS =
      List.of(
          new SupervisionInput.Start(),
          new SupervisionInput.Started(),
          new SupervisionInput.StartFailed("r"),
          new SupervisionInput.Respecified(),
          new SupervisionInput.Hold(true),
          new SupervisionInput.Hold(false),
          new SupervisionInput.Tick(),
          new SupervisionInput.CheckPassed(),
          new SupervisionInput.CheckFailed("r"),
          new SupervisionInput.ProcessesGone(),
          new SupervisionInput.Restarted(),
          new SupervisionInput.RestartFailed("r"),
          new SupervisionInput.Stop(false),
          new SupervisionInput.Stop(true),
          new SupervisionInput.Stopped(),
          new SupervisionInput.StopFailed("r"));

  /** A state, and what an onlooker saw of it: when restarts began, and whether it may run. */
  private record Place(SupervisionState state, long now, List<Long> restarts, boolean wanted) {
    List<Object> key() {
      List<Long> ages = ages(restarts);
      List<Long> known = ages(state.restartsNs());
      long due = state.checkDueNs() == SupervisionState.NEVER ? 99 : (state.checkDueNs() - now) / S;
      return List.of(
          state.phase(), state.failures(), Math.max(-1, due), known, ages, wanted, state.held());
    }

    private List<Long> ages(List<Long> since) {
      return since.stream().map(at -> Math.min(WITHIN_S + 1, (now - at) / S)).toList();
    }
  }

  private final Set<List<Object>> known = new HashSet<>();
  private final Deque<Place> waiting = new ArrayDeque<>();
  private final Set<String> broken = new TreeSet<>();
  private final Set<Phase> phases = EnumSet.noneOf(Phase.class);
  private int pairs;

  @Test
  void noPairBreaksAPromise() {
    Set<Class<?>> kinds = new HashSet<>();
    INPUTS.forEach(input -> kinds.add(input.getClass()));
    assertThat(kinds).containsExactlyInAnyOrder(SupervisionInput.class.getPermittedSubclasses());
    for (Then then : Then.values()) {
      for (boolean checked : new boolean[] {true, false}) {
        explore(machine(then, checked), then);
      }
    }
    assertThat(broken).isEmpty();
    assertThat(phases).containsExactlyInAnyOrder(Phase.values());
    assertThat(pairs).isGreaterThan(5_000);
  }

  private static SupervisionMachine machine(Then then, boolean checked) {
    Check check = new Check("check", Duration.ofSeconds(2), Duration.ofSeconds(1), 2);
    return new SupervisionMachine(
        checked ? Optional.of(check) : Optional.empty(),
        new Restarts(MAX_RESTARTS, Duration.ofSeconds(WITHIN_S), then));
  }

  private void explore(SupervisionMachine machine, Then then) {
    known.clear();
    add(new Place(SupervisionState.initial(), 0, List.of(), false));
    while (!waiting.isEmpty()) {
      Place place = waiting.remove();
      phases.add(place.state.phase());
      for (SupervisionInput input : INPUTS) {
        look(machine, then, place, input, place.now);
      }
      for (long later : new long[] {1, WITHIN_S}) {
        look(machine, then, place, new SupervisionInput.Tick(), place.now + later * S);
      }
    }
  }

  private void add(Place place) {
    if (known.add(place.key())) {
      waiting.add(place);
    }
  }

  private void look(
      SupervisionMachine machine, Then then, Place place, SupervisionInput input, long now) {
    pairs++;
    SupervisionMachine.Step step = machine.step(place.state, input, now);
    boolean starts = input instanceof SupervisionInput.Start;
    boolean wanted = starts || (place.wanted && !(input instanceof SupervisionInput.Stop));
    List<Long> restarts = new ArrayList<>(place.restarts);
    restarts.removeIf(at -> now - at >= WITHIN_S * S);
    Phase phase = step.state().phase();
    for (SupervisionEffect effect : step.effects()) {
      if (effect instanceof SupervisionEffect.Restart) {
        expect(place.wanted, "restarted what is not wanted");
        restarts.add(now);
      } else if (effect instanceof SupervisionEffect.RunStart) {
        expect(starts && phase == Phase.STARTING, "started without being asked");
        restarts.clear();
      } else if (effect instanceof SupervisionEffect.RunCheck) {
        boolean once = step.state().checkDueNs() == SupervisionState.NEVER;
        expect(place.state.up() && once, "checked twice at a time, or what is not up");
      } else if (effect instanceof SupervisionEffect.Report report) {
        expect(phase == Phase.FAILED, "given up and not FAILED");
        expect(report.switchOver() == (then == Then.SWITCHOVER), "the wrong end");
        expect(restarts.size() == MAX_RESTARTS, "given up before the budget is spent");
      } else if (effect instanceof SupervisionEffect.RunStop) {
        expect(input instanceof SupervisionInput.Stop, "stopped without being asked");
      }
    }
    boolean held = place.state.held() && !(input instanceof SupervisionInput.Hold);
    boolean asked = starts || input instanceof SupervisionInput.Stop;
    expect(!held || asked || step.effects().isEmpty(), "acts though it is held");
    expect(step.state().held() == holds(place.state, input), "forgets whether it is held");
    expect(restarts.size() <= MAX_RESTARTS, "more restarts than the budget");
    expect(step.effects().size() <= 1, "two things at a time");
    boolean stopping = place.state.phase() == Phase.STOPPING;
    boolean ended =
        input instanceof SupervisionInput.Stopped || input instanceof SupervisionInput.StopFailed;
    expect(!stopping || ended || phase == Phase.STOPPING, "left STOPPING before it was stopped");
    add(new Place(step.state(), now, List.copyOf(restarts), wanted));
  }

  private static boolean holds(SupervisionState before, SupervisionInput input) {
    return input instanceof SupervisionInput.Hold hold ? hold.on() : before.held();
  }

  private void expect(boolean holds, String promise) {
    if (!holds) {
      broken.add(promise);
    }
  }
}

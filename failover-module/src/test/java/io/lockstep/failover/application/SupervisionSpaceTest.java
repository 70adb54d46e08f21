package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.ApplicationSpec.Then;
import io.lockstep.failover.application.Checker.Action;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
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
          new SupervisionInput.CheckPassed(0, 0),
          new SupervisionInput.CheckFailed(0, 0, "r"),
          new SupervisionInput.ProcessesGone(),
          new SupervisionInput.Suspended(),
          new SupervisionInput.SuspendFailed("r"),
          new SupervisionInput.Ended(new SupervisionEffect.End("r", true), ""),
          new SupervisionInput.Ended(new SupervisionEffect.End("r", false), "left"),
          new SupervisionInput.Restarted(),
          new SupervisionInput.RestartFailed("r"),
          new SupervisionInput.Stop(false),
          new SupervisionInput.Stop(true),
          new SupervisionInput.Stopped(),
          new SupervisionInput.StopFailed("r"));

  /** A state, and what an onlooker saw of it: when restarts began, and whether it may run. */
  private record Place(SupervisionState state, long now, List<Long> restarts, boolean wanted) {
    List<Object> key() {
      List<Object> key = new ArrayList<>();
      key.addAll(List.of(state.phase(), ages(state.restartsNs()), ages(restarts), wanted));
      key.addAll(List.of(state.held(), state.suspended()));
      for (CheckerState checker : state.checkers()) {
        long never = SupervisionState.NEVER;
        long due = checker.dueNs() == never ? 99 : Math.max(-1, (checker.dueNs() - now) / S);
        key.addAll(
            List.of(Math.min(3, checker.failures()), checker.tripped(), checker.asked(), due));
      }
      return key;
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
      explore(machine(then), then);
      for (Action action : Action.values()) {
        explore(machine(then, action), then);
        explore(machine(then, Action.RESTART, action), then);
      }
    }
    assertThat(broken).isEmpty();
    assertThat(phases).containsExactlyInAnyOrder(Phase.values());
    assertThat(pairs).isGreaterThan(5_000);
  }

  private static SupervisionMachine machine(Then then, Action... actions) {
    List<Checker> checkers = new ArrayList<>();
    for (Action action : actions) {
      checkers.add(
          new Checker(
              "checker " + checkers.size(),
              new Probe.Command("check"),
              Duration.ofSeconds(2),
              Duration.ofSeconds(1),
              2,
              action));
    }
    return new SupervisionMachine(
        checkers, new Restarts(MAX_RESTARTS, Duration.ofSeconds(WITHIN_S), then));
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
      for (int i = 0; i < place.state.checkers().size(); i++) {
        int look = place.state.checkers().get(i).look();
        look(machine, then, place, new SupervisionInput.CheckPassed(i, look), place.now);
        look(machine, then, place, new SupervisionInput.CheckFailed(i, look, "r"), place.now);
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
        expect(fit(machine, step.state()), "restarted what has to wait");
        restarts.add(now);
      } else if (effect instanceof SupervisionEffect.RunStart) {
        expect(starts && phase == Phase.STARTING, "started without being asked");
        expect(fit(machine, step.state()), "started what has to wait");
        restarts.clear();
      } else if (effect instanceof SupervisionEffect.Resume) {
        expect(place.wanted, "resumed what is not wanted");
        expect(fit(machine, step.state()), "resumed what has to wait");
      } else if (effect instanceof SupervisionEffect.Suspend) {
        expect(phase == Phase.SUSPENDING && place.wanted, "suspended what does not run");
        expect(!fit(machine, step.state()), "suspended with nothing to wait for");
      } else if (effect instanceof SupervisionEffect.RunCheck check) {
        boolean once = !place.state.checkers().get(check.checker()).asked();
        boolean waits = machine.checkers().get(check.checker()).waits();
        expect(once, "one checker looked at twice at a time");
        expect(place.state.up() || waits, "looked at though it is not up");
      } else if (effect instanceof SupervisionEffect.Report report) {
        expect(phase == Phase.FAILED, "given up and not FAILED");
        boolean stopped =
            input instanceof SupervisionInput.Ended ended
                && place.state.phase() == Phase.GIVING_UP
                && report.switchOver() == ended.what().switchOver();
        boolean unstoppable = input instanceof SupervisionInput.SuspendFailed;
        expect(stopped || unstoppable, "told of as failed before it was stopped");
      } else if (effect instanceof SupervisionEffect.End end) {
        expect(phase == Phase.GIVING_UP && place.wanted, "ended what is not given up");
        boolean asBudget = end.switchOver() == (then == Then.SWITCHOVER);
        boolean spent = restarts.size() == MAX_RESTARTS;
        expect(
            (asBudget && spent) || (stops(machine) && !end.switchOver()),
            "given up before the budget is spent, or with the wrong end");
      } else if (effect instanceof SupervisionEffect.Fitness fitness) {
        boolean fit = fit(machine, step.state());
        expect(fit || !fitness.unfit().isEmpty(), "told fit and is not");
        expect(!fitness.up() || step.state().up(), "told up and is not");
      } else if (effect instanceof SupervisionEffect.PreferPeer) {
        expect(step.state().up(), "the peer is preferred to what is not up");
      } else if (effect instanceof SupervisionEffect.RunStop) {
        expect(input instanceof SupervisionInput.Stop, "stopped without being asked");
      }
    }
    if (step.state().up() && !step.state().held() && !place.state.held()) {
      expect(fit(machine, step.state()), "up though it has to wait");
    }
    if (phase == Phase.WAITING && !step.state().held() && !place.state.held()) {
      expect(!fit(machine, step.state()), "waits for nothing");
      expect(step.state().dueNs() != SupervisionState.NEVER, "waits and never looks");
    }
    boolean held = place.state.held() && !(input instanceof SupervisionInput.Hold);
    boolean asked = starts || input instanceof SupervisionInput.Stop;
    boolean acts = step.effects().stream().anyMatch(e -> !(e instanceof SupervisionEffect.Fitness));
    expect(!held || asked || !acts, "acts though it is held");
    expect(step.state().held() == holds(place.state, input), "forgets whether it is held");
    expect(restarts.size() <= MAX_RESTARTS, "more restarts than the budget");
    long works = step.effects().stream().filter(SupervisionSpaceTest::works).count();
    expect(works <= 1, "two things at a time");
    boolean stopping = place.state.phase() == Phase.STOPPING;
    boolean ended =
        input instanceof SupervisionInput.Stopped || input instanceof SupervisionInput.StopFailed;
    expect(!stopping || ended || phase == Phase.STOPPING, "left STOPPING before it was stopped");
    add(new Place(step.state(), now, List.copyOf(restarts), wanted));
  }

  /** Whether nothing that it has to wait for is bad. */
  private static boolean fit(SupervisionMachine machine, SupervisionState state) {
    for (int i = 0; i < state.checkers().size(); i++) {
      if (machine.checkers().get(i).waits() && state.checkers().get(i).tripped()) {
        return false;
      }
    }
    return true;
  }

  private static boolean stops(SupervisionMachine machine) {
    return machine.checkers().stream().anyMatch(c -> c.action() == Action.STOP);
  }

  private static boolean works(SupervisionEffect effect) {
    return effect instanceof SupervisionEffect.Restart
        || effect instanceof SupervisionEffect.RunStart
        || effect instanceof SupervisionEffect.Resume
        || effect instanceof SupervisionEffect.Suspend
        || effect instanceof SupervisionEffect.End
        || effect instanceof SupervisionEffect.RunStop;
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

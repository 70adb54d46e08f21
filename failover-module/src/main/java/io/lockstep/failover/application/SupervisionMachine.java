package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decides when an application is checked, restarted in place, made to wait, or given up. Pure: time
 * comes in with each step, in ns of a monotonic clock with any origin.
 *
 * <p>An answer that comes after its question lost its meaning (a check's or a restart's while the
 * module is being stopped, a look's after it counted as failed) changes nothing.
 */
public final class SupervisionMachine {
  /** How long after its timeout a look that does not answer counts as failed. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final List<Checker> checkers;
  private final Restarts restarts;

  /** A machine for an application with these limits. */
  public SupervisionMachine(List<Checker> checkers, Restarts restarts) {
    this.checkers = List.copyOf(checkers);
    this.restarts = restarts;
  }

  /** The next state and what to do on the way. */
  public record Step(SupervisionState state, List<SupervisionEffect> effects) {
    /** Keeps an unmodifiable copy. */
    public Step {
      effects = List.copyOf(effects);
    }

    static Step to(SupervisionState state, SupervisionEffect... effects) {
      return new Step(state, List.of(effects));
    }
  }

  /** What it looks at, in the order of the indices. */
  List<Checker> checkers() {
    return checkers;
  }

  /** Whether it looks at something even while the application is not started. */
  boolean standsBy() {
    return checkers.stream().anyMatch(Checker::waits);
  }

  /** One step. */
  public Step step(SupervisionState before, SupervisionInput input, long nowNs) {
    SupervisionState state = known(before);
    Step step = decide(state, input, nowNs);
    return new Step(scheduled(state, step.state(), nowNs), step.effects());
  }

  private Step decide(SupervisionState state, SupervisionInput input, long nowNs) {
    if (input instanceof SupervisionInput.Start) {
      return start(state);
    }
    if (input instanceof SupervisionInput.Stop stop) {
      return stop(state, stop);
    }
    if (input instanceof SupervisionInput.Respecified) {
      return respecified(state);
    }
    if (input instanceof SupervisionInput.Hold hold) {
      return Step.to(hold(state, hold.on()));
    }
    if (state.up() && state.held()) {
      return Step.to(state.to(Phase.RUNNING, ""));
    }
    if (input instanceof SupervisionInput.Tick) {
      return tick(state, nowNs);
    }
    if (input instanceof SupervisionInput.CheckPassed passed) {
      return asked(state, passed.checker(), passed.look())
          ? passed(
              proved(state, passed.checker()).with(passed.checker(), c -> c.good(nowNs)), state)
          : Step.to(state);
    }
    if (input instanceof SupervisionInput.CheckFailed failed) {
      return asked(state, failed.checker(), failed.look())
          ? failed(state, failed.checker(), failed.reason(), nowNs)
          : Step.to(state);
    }
    return phased(state, input, nowNs);
  }

  /** What the end of a command, or of the processes, means in each phase. */
  private Step phased(SupervisionState state, SupervisionInput input, long nowNs) {
    return switch (state.phase()) {
      case STARTING -> starting(state, input);
      case RUNNING, FAILING ->
          input instanceof SupervisionInput.ProcessesGone gone
              ? restart(state, "all " + whose(gone) + "processes have ended", nowNs)
              : Step.to(state);
      case RESTARTING -> restarting(state, input, nowNs);
      case SUSPENDING -> suspending(state, input);
      case GIVING_UP -> givingUp(state, input);
      case STOPPING -> stopping(state, input);
      case STOPPED, WAITING, FAILED -> Step.to(state);
    };
  }

  private static String whose(SupervisionInput.ProcessesGone gone) {
    return gone.step().isEmpty() ? "its " : "of step " + gone.step() + "'s ";
  }

  private Step start(SupervisionState state) {
    return switch (state.phase()) {
      case STOPPED, FAILED -> {
        SupervisionState anew = state.withRestarts(List.of()).withSuspended(false);
        String unfit = unfit(state);
        yield unfit.isEmpty()
            ? Step.to(anew.to(Phase.STARTING, ""), new SupervisionEffect.RunStart())
            : Step.to(anew.to(Phase.WAITING, unfit).withSuspended(true));
      }
      default -> Step.to(state);
    };
  }

  private static Step stop(SupervisionState state, SupervisionInput.Stop stop) {
    return state.phase() == Phase.STOPPING
        ? Step.to(state)
        : Step.to(
            state.to(Phase.STOPPING, "").withSuspended(false),
            new SupervisionEffect.RunStop(stop.kill()));
  }

  private Step respecified(SupervisionState state) {
    SupervisionState anew =
        state.withCheckers(
            state.checkers().stream().map(c -> c.next(SupervisionState.NEVER)).toList());
    if (state.phase() == Phase.WAITING && !state.held() && unfit(anew).isEmpty()) {
      return resume(anew);
    }
    return Step.to(anew);
  }

  /** What failed meanwhile, or was said to, counts no more. */
  private static SupervisionState hold(SupervisionState state, boolean on) {
    SupervisionState anew =
        state
            .withHeld(on)
            .withCheckers(
                state.checkers().stream()
                    .map(c -> state.up() ? c.forgiven() : c.patient())
                    .map(c -> c.next(SupervisionState.NEVER))
                    .toList());
    return anew.up() ? anew.to(Phase.RUNNING, "") : anew;
  }

  private boolean asked(SupervisionState state, int index, int look) {
    return index < state.checkers().size()
        && state.checkers().get(index).asked()
        && state.checkers().get(index).look() == look;
  }

  /** Nothing that builds on the application starts before the application itself was found good. */
  private SupervisionState proved(SupervisionState state, int index) {
    return state.provenBy(state.proven() || state.up() && proves(checkers.get(index)));
  }

  private boolean isProvable() {
    return checkers.stream().anyMatch(this::proves);
  }

  /** The check command; without one, whatever else looks at the application itself. */
  private boolean proves(Checker checker) {
    return checkers.stream().anyMatch(SupervisionMachine::isCheck)
        ? isCheck(checker)
        : checker.action() == Checker.Action.RESTART;
  }

  private static boolean isCheck(Checker checker) {
    return checker.name().equals(ApplicationSpec.CHECK);
  }

  /** Counts what was not answered in time as failed, and asks what is due. */
  private Step tick(SupervisionState state, long nowNs) {
    SupervisionState now = state;
    List<SupervisionEffect> effects = new ArrayList<>();
    for (int i = 0; i < checkers.size(); i++) {
      CheckerState checker = now.checkers().get(i);
      if (!checker.due(nowNs) || !looksAt(now, checkers.get(i))) {
        continue;
      }
      if (checker.asked()) {
        Step failed = failed(now, i, "no answer within " + millis(checkers.get(i)), nowNs);
        now = failed.state();
        effects.addAll(failed.effects());
      } else {
        long answerDueNs = nowNs + checkers.get(i).timeout().plus(GRACE).toNanos();
        now = now.with(i, c -> c.ask(nowNs, answerDueNs));
        effects.add(new SupervisionEffect.RunCheck(i, now.checkers().get(i).look()));
      }
    }
    return new Step(now, effects);
  }

  private static String millis(Checker checker) {
    return checker.timeout().toMillis() + " ms";
  }

  private Step passed(SupervisionState state, SupervisionState before) {
    String unfit = unfit(state);
    boolean fitAgain = !unfit(before).isEmpty() && unfit.isEmpty();
    if (state.up()) {
      return Step.to(judged(state));
    }
    if (state.phase() == Phase.WAITING) {
      return unfit.isEmpty() ? resume(state) : Step.to(state.to(Phase.WAITING, unfit));
    }
    return fitAgain ? Step.to(state, new SupervisionEffect.Fitness("", false)) : Step.to(state);
  }

  private static Step resume(SupervisionState state) {
    return Step.to(
        state.to(Phase.RESTARTING, "what it waited for is good again"),
        new SupervisionEffect.Resume());
  }

  /** Up, and failing if a checker has failures. */
  private static SupervisionState judged(SupervisionState state) {
    return state
        .failing()
        .map(c -> state.to(Phase.FAILING, told(c)))
        .orElseGet(() -> state.to(Phase.RUNNING, ""));
  }

  private static String told(CheckerState checker) {
    return checker.name().equals(ApplicationSpec.CHECK)
        ? checker.reason()
        : checker.name() + ": " + checker.reason();
  }

  private Step failed(SupervisionState before, int index, String reason, long nowNs) {
    Checker checker = checkers.get(index);
    SupervisionState state = before.with(index, c -> c.bad(reason, checker.failures(), nowNs));
    CheckerState now = state.checkers().get(index);
    if (!now.tripped() || state.held()) {
      return Step.to(state.up() ? judged(state) : state);
    }
    String why = count(now, checker) + " checks failed: " + told(now);
    if (checker.waits()) {
      return state.up() || unfit(before).isEmpty() ? wait(state, why) : Step.to(state);
    }
    if (!state.up()) {
      return Step.to(state);
    }
    return switch (checker.action()) {
      case RESTART -> restart(state, why, nowNs);
      case SWITCHOVER -> Step.to(judged(state), new SupervisionEffect.PreferPeer(why));
      case STOP -> end(state, why, false);
      case WAIT -> throw new IllegalStateException("it waits: " + checker);
    };
  }

  private static String count(CheckerState state, Checker checker) {
    int limit = checker.failures();
    return state.failures() > limit
        ? state.failures() + " (of " + limit + ")"
        : limit + " of " + limit;
  }

  /** The first thing to wait for is not good. */
  private static Step wait(SupervisionState state, String why) {
    return state.up()
        ? Step.to(state.to(Phase.SUSPENDING, why), new SupervisionEffect.Suspend(why))
        : Step.to(state, new SupervisionEffect.Fitness(why, false));
  }

  /** Why this node may not run the application; empty if it may. */
  private String unfit(SupervisionState state) {
    for (int i = 0; i < checkers.size(); i++) {
      if (checkers.get(i).waits() && state.checkers().get(i).tripped()) {
        return told(state.checkers().get(i));
      }
    }
    return "";
  }

  private Step restart(SupervisionState state, String reason, long nowNs) {
    List<Long> counted = new ArrayList<>(state.restartsNs());
    counted.removeIf(at -> nowNs - at >= restarts.within().toNanos());
    if (counted.size() >= restarts.max()) {
      return giveUp(state.withRestarts(counted), reason);
    }
    counted.add(nowNs);
    return Step.to(
        state.withRestarts(counted).to(Phase.RESTARTING, reason),
        new SupervisionEffect.Restart(reason));
  }

  private Step giveUp(SupervisionState state, String reason) {
    String whole =
        reason
            + "; "
            + state.restartsNs().size()
            + " of "
            + restarts.max()
            + " restarts used within "
            + restarts.within().toSeconds()
            + " s";
    return end(state, whole, restarts.then() == ApplicationSpec.Then.SWITCHOVER);
  }

  /** What fails and is nobody's care any more does not run on beside a status of DOWN. */
  private static Step end(SupervisionState state, String reason, boolean switchOver) {
    return Step.to(
        state.to(Phase.GIVING_UP, reason), new SupervisionEffect.End(reason, switchOver));
  }

  private Step starting(SupervisionState state, SupervisionInput input) {
    if (input instanceof SupervisionInput.Started) {
      return running(state);
    }
    if (input instanceof SupervisionInput.StartFailed failed) {
      return Step.to(state.to(Phase.FAILED, failed.reason()));
    }
    return Step.to(state);
  }

  /** Up, unless what it has to wait for went bad meanwhile. */
  private Step running(SupervisionState state) {
    String unfit = unfit(state);
    if (!unfit.isEmpty() && !state.held()) {
      return Step.to(state.to(Phase.SUSPENDING, unfit), new SupervisionEffect.Suspend(unfit));
    }
    SupervisionState up = judged(state.withSuspended(false)).provenBy(!isProvable());
    return state.suspended() ? Step.to(up, new SupervisionEffect.Fitness("", true)) : Step.to(up);
  }

  private Step restarting(SupervisionState state, SupervisionInput input, long nowNs) {
    if (input instanceof SupervisionInput.Restarted) {
      return running(state);
    }
    if (input instanceof SupervisionInput.RestartFailed && state.held()) {
      return Step.to(judged(state));
    }
    if (input instanceof SupervisionInput.RestartFailed failed) {
      return restart(state, "the restart failed: " + failed.reason(), nowNs);
    }
    return Step.to(state);
  }

  private Step suspending(SupervisionState state, SupervisionInput input) {
    if (input instanceof SupervisionInput.Suspended) {
      SupervisionState down = state.withSuspended(true).to(Phase.WAITING, state.reason());
      return unfit(state).isEmpty() && !state.held()
          ? resume(down)
          : Step.to(down, new SupervisionEffect.Fitness(state.reason(), false));
    }
    if (input instanceof SupervisionInput.SuspendFailed && state.held()) {
      return Step.to(hold(state.to(Phase.RUNNING, ""), true));
    }
    if (input instanceof SupervisionInput.SuspendFailed failed) {
      return Step.to(
          state.to(Phase.FAILED, failed.reason()),
          new SupervisionEffect.Fitness(state.reason(), false),
          new SupervisionEffect.Report(failed.reason(), true));
    }
    return Step.to(state);
  }

  /** What was held meanwhile is found down afterwards, as anything else that is. */
  private static Step givingUp(SupervisionState state, SupervisionInput input) {
    if (!(input instanceof SupervisionInput.Ended ended)) {
      return Step.to(state);
    }
    if (state.held()) {
      return Step.to(judged(state));
    }
    String reason =
        ended.left().isEmpty()
            ? state.reason()
            : state.reason() + "; it could not be stopped: " + ended.left();
    return Step.to(
        state.to(Phase.FAILED, reason),
        new SupervisionEffect.Report(reason, ended.what().switchOver()));
  }

  private static Step stopping(SupervisionState state, SupervisionInput input) {
    if (input instanceof SupervisionInput.Stopped) {
      return Step.to(state.to(Phase.STOPPED, "").withRestarts(List.of()));
    }
    if (input instanceof SupervisionInput.StopFailed failed) {
      return Step.to(state.to(Phase.FAILED, failed.reason()));
    }
    return Step.to(state);
  }

  /** The state with this machine's checkers: what is known of those of the same name is kept. */
  private SupervisionState known(SupervisionState state) {
    List<String> names = checkers.stream().map(Checker::name).toList();
    if (state.checkers().stream().map(CheckerState::name).toList().equals(names)) {
      return state;
    }
    Map<String, CheckerState> kept =
        state.checkers().stream()
            .collect(Collectors.toMap(CheckerState::name, Function.identity()));
    return state.withCheckers(
        names.stream().map(n -> kept.getOrDefault(n, CheckerState.fresh(n))).toList());
  }

  /**
   * Sees that every checker that is to be looked at has a time for it, one interval from now where
   * it had none, and that no other has.
   */
  private SupervisionState scheduled(SupervisionState before, SupervisionState state, long nowNs) {
    List<CheckerState> scheduled = new ArrayList<>();
    for (int i = 0; i < checkers.size(); i++) {
      Checker checker = checkers.get(i);
      CheckerState now = state.checkers().get(i);
      boolean answered = before.checkers().get(i).asked() && !now.asked();
      if (!looksAt(state, checker)) {
        now = checker.waits() || state.up() ? now.next(SupervisionState.NEVER) : now.forgotten();
      } else if (answered || now.dueNs() == SupervisionState.NEVER) {
        now = now.next(nowNs + checker.every().toNanos());
      }
      scheduled.add(now);
    }
    return scheduled.equals(state.checkers()) ? state : state.withCheckers(scheduled);
  }

  /** Whether the checker is looked at in that phase. */
  private static boolean looksAt(SupervisionState state, Checker checker) {
    if (state.held()) {
      return false;
    }
    return switch (state.phase()) {
      case RUNNING, FAILING -> true;
      case STOPPED, WAITING, FAILED -> checker.waits();
      case STARTING, RESTARTING, SUSPENDING, GIVING_UP, STOPPING -> false;
    };
  }
}

package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Check;
import io.lockstep.failover.application.ApplicationSpec.Restarts;
import io.lockstep.failover.application.SupervisionState.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides when an application is checked, restarted in place, or given up. Pure: time comes in with
 * each step, in ns of a monotonic clock with any origin.
 *
 * <p>An answer that comes after its question lost its meaning (a check's or a restart's while the
 * module is being stopped) changes nothing.
 */
public final class SupervisionMachine {
  private final Optional<Check> check;
  private final Restarts restarts;

  /** A machine for an application with these limits. */
  public SupervisionMachine(Optional<Check> check, Restarts restarts) {
    this.check = check;
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

  /** One step. */
  public Step step(SupervisionState state, SupervisionInput input, long nowNs) {
    if (input instanceof SupervisionInput.Start) {
      return start(state);
    }
    if (input instanceof SupervisionInput.Stop stop) {
      return stop(state, stop);
    }
    if (input instanceof SupervisionInput.Respecified) {
      return Step.to(state.up() ? state.withDue(due(state, nowNs)) : state);
    }
    if (input instanceof SupervisionInput.Hold hold) {
      return Step.to(hold(state.withHeld(hold.on()), nowNs));
    }
    return switch (state.phase()) {
      case STARTING -> starting(state, input, nowNs);
      case RUNNING, FAILING -> up(state, input, nowNs);
      case RESTARTING -> restarting(state, input, nowNs);
      case STOPPING -> stopping(state, input);
      case STOPPED, FAILED -> Step.to(state);
    };
  }

  private static Step start(SupervisionState state) {
    return switch (state.phase()) {
      case STOPPED, FAILED ->
          Step.to(state.anew().to(Phase.STARTING, ""), new SupervisionEffect.RunStart());
      default -> Step.to(state);
    };
  }

  private static Step stop(SupervisionState state, SupervisionInput.Stop stop) {
    return state.phase() == Phase.STOPPING
        ? Step.to(state)
        : Step.to(state.to(Phase.STOPPING, ""), new SupervisionEffect.RunStop(stop.kill()));
  }

  private Step starting(SupervisionState state, SupervisionInput input, long nowNs) {
    if (input instanceof SupervisionInput.Started) {
      return Step.to(state.running(due(state, nowNs)).provenBy(check.isEmpty()));
    }
    if (input instanceof SupervisionInput.StartFailed failed) {
      return Step.to(state.to(Phase.FAILED, failed.reason()));
    }
    return Step.to(state);
  }

  /** What failed meanwhile, or was said to, counts no more. */
  private SupervisionState hold(SupervisionState state, long nowNs) {
    return state.up() ? state.running(due(state, nowNs)) : state;
  }

  private Step up(SupervisionState state, SupervisionInput input, long nowNs) {
    if (state.held()) {
      return Step.to(state.running(SupervisionState.NEVER));
    }
    if (input instanceof SupervisionInput.Tick && isDue(state, nowNs)) {
      return Step.to(state.withDue(SupervisionState.NEVER), new SupervisionEffect.RunCheck());
    }
    if (input instanceof SupervisionInput.CheckPassed) {
      return Step.to(state.running(due(state, nowNs)).provenBy(true));
    }
    if (input instanceof SupervisionInput.CheckFailed failed) {
      return checkFailed(state, failed.reason(), nowNs);
    }
    if (input instanceof SupervisionInput.ProcessesGone) {
      return restart(state, "all its processes have ended", nowNs);
    }
    return Step.to(state);
  }

  private Step checkFailed(SupervisionState state, String reason, long nowNs) {
    int failures = state.failures() + 1;
    int limit = check.map(Check::failures).orElse(1);
    if (failures < limit) {
      return Step.to(state.failing(failures, due(state, nowNs), reason));
    }
    return restart(state, failures + " of " + limit + " checks failed: " + reason, nowNs);
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
    boolean switchOver = restarts.then() == ApplicationSpec.Then.SWITCHOVER;
    return Step.to(state.to(Phase.FAILED, whole), new SupervisionEffect.Report(whole, switchOver));
  }

  private Step restarting(SupervisionState state, SupervisionInput input, long nowNs) {
    if (input instanceof SupervisionInput.Restarted) {
      return Step.to(state.running(due(state, nowNs)).provenBy(check.isEmpty()));
    }
    if (input instanceof SupervisionInput.RestartFailed && state.held()) {
      return Step.to(state.running(SupervisionState.NEVER));
    }
    if (input instanceof SupervisionInput.RestartFailed failed) {
      return restart(state, "the restart failed: " + failed.reason(), nowNs);
    }
    return Step.to(state);
  }

  private static Step stopping(SupervisionState state, SupervisionInput input) {
    if (input instanceof SupervisionInput.Stopped) {
      return Step.to(state.anew());
    }
    if (input instanceof SupervisionInput.StopFailed failed) {
      return Step.to(state.to(Phase.FAILED, failed.reason()));
    }
    return Step.to(state);
  }

  private static boolean isDue(SupervisionState state, long nowNs) {
    return state.checkDueNs() != SupervisionState.NEVER && nowNs - state.checkDueNs() >= 0;
  }

  private long due(SupervisionState state, long nowNs) {
    return state.held()
        ? SupervisionState.NEVER
        : check.map(c -> nowNs + c.every().toNanos()).orElse(SupervisionState.NEVER);
  }
}

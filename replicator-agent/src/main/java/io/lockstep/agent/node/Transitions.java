package io.lockstep.agent.node;

import io.lockstep.agent.api.ModuleStatus;
import io.lockstep.agent.api.ModuleStatus.Transition;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.Goal;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The newest takeover or hand-over, step by step with its times, for the console and the judge. Any
 * thread.
 */
final class Transitions {
  private final ModuleContext context;
  private final LongSupplier clock;
  private final List<ModuleStatus.Step> steps = new ArrayList<>();
  private String kind = "";
  private String from = "";
  private String to = "";
  private long startedMs;
  private long finishedMs;
  private long stepStartedMs;
  private boolean ok;
  private String message = "";
  private boolean running;
  private final Map<String, Long> ended = new HashMap<>();

  Transitions(ModuleContext context, LongSupplier clock) {
    this.context = context;
    this.clock = clock;
  }

  synchronized void stepped(RoleState before, RoleState after) {
    if (before.goal() != after.goal() && isTransition(after.goal())) {
      begin(after);
    }
    if (running && !isTransition(after.goal())) {
      finish(after);
    }
  }

  private static boolean isTransition(Goal goal) {
    return goal == Goal.TAKE_OVER || goal == Goal.HAND_OVER;
  }

  private void begin(RoleState state) {
    boolean takesOver = state.goal() == Goal.TAKE_OVER;
    running = true;
    steps.clear();
    from = takesOver ? context.peer() : context.node();
    to = takesOver ? context.node() : context.peer();
    boolean planned = !takesOver || state.planned();
    kind =
        !planned
            ? "TAKEOVER"
            : to.equals(context.module().preferred()) ? "SWITCHBACK" : "SWITCHOVER";
    startedMs = context.host().wallTimeMs();
    finishedMs = 0;
    message = state.reason();
    if (takesOver && !planned) {
      long heardNs = state.peer() == null ? clock.getAsLong() : state.peerHeardNs();
      long silentMs = TimeUnit.NANOSECONDS.toMillis(clock.getAsLong() - heardNs);
      steps.add(new ModuleStatus.Step("detection", "DONE", silentMs));
    }
  }

  private void finish(RoleState state) {
    running = false;
    finishedMs = context.host().wallTimeMs();
    Role expected = to.equals(context.node()) ? Role.ALONE : Role.WAITING;
    ok = state.role() == expected || state.role() == Role.PRIMARY || state.role() == Role.SECONDARY;
    ended.merge(kind + (ok ? " ok" : " failed"), 1L, Long::sum);
  }

  synchronized void began(RoleEffect effect) {
    stepStartedMs = context.host().wallTimeMs();
    if (running) {
      steps.add(new ModuleStatus.Step(name(effect), "RUNNING", 0));
    }
  }

  synchronized void ended(RoleEffect effect, String failure) {
    int last = steps.size() - 1;
    if (last >= 0 && steps.get(last).state().equals("RUNNING")) {
      long tookMs = context.host().wallTimeMs() - stepStartedMs;
      steps.set(
          last, new ModuleStatus.Step(name(effect), failure.isEmpty() ? "DONE" : "FAILED", tookMs));
    }
    if (!failure.isEmpty()) {
      message = failure;
    }
  }

  /** The step's name as the console and the demo show it. */
  private static String name(RoleEffect effect) {
    if (effect instanceof RoleEffect.Persist persist) {
      return persist.change() instanceof Change.BeginGeneration begin
          ? "persist " + begin.stage().name().toLowerCase(Locale.ROOT)
          : "persist";
    } else if (effect instanceof RoleEffect.DrainJournal) {
      return "drain";
    } else if (effect instanceof RoleEffect.AddAddresses) {
      return "address";
    } else if (effect instanceof RoleEffect.StartApplication) {
      return "application";
    } else if (effect instanceof RoleEffect.FenceStream) {
      return "fence";
    } else if (effect instanceof RoleEffect.ForceJournal) {
      return "force journal";
    } else if (effect instanceof RoleEffect.TrackAlone) {
      return "track changes";
    } else if (effect instanceof RoleEffect.StopApplication) {
      return "stop application";
    } else if (effect instanceof RoleEffect.RemoveAddresses) {
      return "remove address";
    } else if (effect instanceof RoleEffect.AwaitAcks) {
      return "await peer";
    }
    return effect.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** How many ended, by {@code KIND ok} and {@code KIND failed}. */
  synchronized Map<String, Long> ended() {
    return Map.copyOf(ended);
  }

  /** The newest, or null before the first. */
  synchronized Transition newest() {
    return kind.isEmpty()
        ? null
        : new Transition(kind, from, to, startedMs, finishedMs, ok, message, steps);
  }
}

package io.lockstep.agent.drill;

import io.lockstep.agent.drill.DrillInput.Situation;
import io.lockstep.agent.drill.DrillResult.Outcome;
import io.lockstep.agent.drill.DrillState.Phase;
import java.util.List;

/**
 * Decides how a drill goes on.
 *
 * <p>It holds the tree, so it gives way before anybody would notice: when the lag comes near to
 * what slows the primary down, when the disk or its own room gets short, when its time is over, and
 * whenever the module is anything but a secondary in sync whose primary serves. Giving way kills
 * what runs and lets the applier go on at once; only the removal takes its turn.
 */
public final class DrillMachine {
  private static final long MS = 1_000_000;

  /** In sync for so long before a drill begins by itself. */
  private static final long SETTLED_NS = 60_000 * MS;

  /** After one that was aborted the next is tried earlier. */
  private static final long RETRY_MS = 15 * 60_000;

  private static final long LONGEST_PAUSE_NS = 1_000 * MS;

  private final DrillSettings settings;

  /** By these settings, which may be others at the next step. */
  public DrillMachine(DrillSettings settings) {
    this.settings = settings;
  }

  /**
   * What is to follow.
   *
   * @param refusal why an order is not carried out; empty otherwise
   */
  public record Step(DrillState state, List<DrillEffect> effects, String refusal) {
    private static Step to(DrillState state, DrillEffect... effects) {
      return new Step(state, List.of(effects), "");
    }
  }

  /** One input at {@code nowNs}. */
  public Step step(DrillState state, DrillInput input, long nowNs) {
    if (input instanceof DrillInput.Order order) {
      return order(state, order, nowNs);
    }
    if (input instanceof DrillInput.Look look) {
      return look(state, look, nowNs);
    }
    if (input instanceof DrillInput.Failed failed) {
      return failed(state, failed.reason(), nowNs);
    }
    return switch (state.phase()) {
      case IDLE -> Step.to(state);
      case DRAINING -> draining(state, input, nowNs);
      case OPENING ->
          input instanceof DrillInput.Opened
              ? Step.to(state.to(Phase.STARTING, nowNs), new DrillEffect.Start())
              : Step.to(state);
      case STARTING -> starting(state, input, nowNs);
      case CHECKING -> checking(state, input, nowNs);
      case STOPPING -> stopping(state, input, nowNs);
      case DISCARDING -> discarding(state, input);
    };
  }

  private Step order(DrillState state, DrillInput.Order order, long nowNs) {
    String hindrance = hindrance(state, order.situation());
    return hindrance.isEmpty()
        ? begin(state, order.who(), order.wallMs(), nowNs)
        : new Step(state, List.of(), hindrance);
  }

  private String hindrance(DrillState state, Situation situation) {
    if (state.active()) {
      return state.phase() == Phase.DISCARDING
          ? "the last drill is being removed: try again in a moment"
          : "a drill is under way";
    }
    if (!settings.application()) {
      return "the module has no application that could be started";
    }
    return unfit(situation);
  }

  private String unfit(Situation situation) {
    if (!situation.unfit().isEmpty()) {
      return situation.unfit();
    }
    if (situation.lagBytes() > settings.mostLagBytes()) {
      return situation.lagBytes()
          + " bytes wait to be applied, above "
          + settings.mostLagBytes()
          + ", half of journal.maxLag: the primary must not be slowed down";
    }
    if (situation.freeBytes() < settings.leastFreeBytes()) {
      return "only "
          + situation.freeBytes()
          + " bytes are free on the journal's file system, which needs "
          + settings.leastFreeBytes();
    }
    return "";
  }

  private static Step begin(DrillState state, String who, long wallMs, long nowNs) {
    return Step.to(state.begun(who, wallMs, nowNs), new DrillEffect.Drain());
  }

  private Step look(DrillState state, DrillInput.Look look, long nowNs) {
    String unfit = unfit(look.situation());
    DrillState seen = state.fitSince(fitSince(state, unfit, nowNs));
    return switch (state.phase()) {
      case IDLE ->
          isDue(seen, look, nowNs)
              ? begin(seen, "the schedule", look.wallMs(), nowNs)
              : Step.to(seen);
      case DRAINING, OPENING, STARTING, CHECKING, STOPPING -> watch(seen, look, unfit, nowNs);
      case DISCARDING ->
          unfit.isEmpty()
              ? Step.to(seen)
              : Step.to(seen, new DrillEffect.Kill(), new DrillEffect.Release());
    };
  }

  private static long fitSince(DrillState state, String unfit, long nowNs) {
    if (!unfit.isEmpty()) {
      return DrillState.NEVER;
    }
    return state.fitSinceNs() == DrillState.NEVER ? nowNs : state.fitSinceNs();
  }

  /** A clock that was set back does not keep the next drill away. */
  private boolean isDue(DrillState state, DrillInput.Look look, long nowNs) {
    if (settings.everyMs() == 0
        || !settings.application()
        || look.situation().paused()
        || state.fitSinceNs() == DrillState.NEVER
        || nowNs - state.fitSinceNs() < Math.min(SETTLED_NS, settings.everyMs() * MS)) {
      return false;
    }
    long wait =
        state.outcome() == Outcome.ABORTED
            ? Math.min(RETRY_MS, settings.everyMs())
            : settings.everyMs();
    return state.lastMs() == DrillState.NEVER
        || look.wallMs() < state.lastMs()
        || look.wallMs() - state.lastMs() >= wait;
  }

  private Step watch(DrillState state, DrillInput.Look look, String unfit, long nowNs) {
    if (!unfit.isEmpty()) {
      return end(state, Outcome.ABORTED, "it gave way: " + unfit, nowNs);
    }
    if (look.situation().usedBytes() > settings.mostBytes()) {
      return end(
          state,
          Outcome.ABORTED,
          "the application wrote "
              + look.situation().usedBytes()
              + " bytes to its directories, above drill.space",
          nowNs);
    }
    if (nowNs - state.beganNs() >= settings.timeoutNs()) {
      boolean application = state.phase() == Phase.STARTING || state.phase() == Phase.CHECKING;
      String seconds = settings.timeoutNs() / (1_000 * MS) + " s (drill.timeout)";
      return application
          ? end(state, Outcome.FAILED, "the application was not up after " + seconds, nowNs)
          : end(state, Outcome.ABORTED, "it had not ended after " + seconds, nowNs);
    }
    return Step.to(state);
  }

  private Step draining(DrillState state, DrillInput input, long nowNs) {
    return input instanceof DrillInput.Drained
        ? Step.to(
            state.drained(nowNs - state.sinceNs()).to(Phase.OPENING, nowNs), new DrillEffect.Open())
        : Step.to(state);
  }

  private Step starting(DrillState state, DrillInput input, long nowNs) {
    return input instanceof DrillInput.Started
        ? Step.to(
            state.startedAfter(nowNs - state.sinceNs()).to(Phase.CHECKING, nowNs),
            new DrillEffect.Check(0))
        : Step.to(state);
  }

  private Step checking(DrillState state, DrillInput input, long nowNs) {
    if (input instanceof DrillInput.CheckPassed) {
      long tookNs = state.drainNs() + state.startedAfterNs() + (nowNs - state.sinceNs());
      return Step.to(
          state.recovered(tookNs).decided(Outcome.GOOD, "").to(Phase.STOPPING, nowNs),
          new DrillEffect.Stop());
    }
    if (input instanceof DrillInput.CheckFailed failed) {
      return nowNs - state.sinceNs() >= settings.patienceNs()
          ? end(state, Outcome.FAILED, failed.reason(), nowNs)
          : Step.to(
              state, new DrillEffect.Check(Math.min(settings.checkEveryNs(), LONGEST_PAUSE_NS)));
    }
    return Step.to(state);
  }

  private Step stopping(DrillState state, DrillInput input, long nowNs) {
    return input instanceof DrillInput.Stopped stopped
        ? end(state, Outcome.GOOD, stopped.problem(), nowNs)
        : Step.to(state);
  }

  /** Whose fault it is goes by what was being done. */
  private Step failed(DrillState state, String reason, long nowNs) {
    return switch (state.phase()) {
      case IDLE, DISCARDING -> Step.to(state);
      case DRAINING, OPENING -> end(state, Outcome.ABORTED, reason, nowNs);
      case STARTING, CHECKING, STOPPING -> end(state, Outcome.FAILED, reason, nowNs);
    };
  }

  /** What was measured stays measured, whatever happens to its remains. */
  private static Step end(DrillState state, Outcome how, String why, long nowNs) {
    boolean known = state.outcome() == Outcome.GOOD;
    return Step.to(
        state
            .decided(known ? Outcome.GOOD : how, known && how != Outcome.GOOD ? "" : why)
            .to(Phase.DISCARDING, nowNs),
        new DrillEffect.Kill(),
        new DrillEffect.Release(),
        new DrillEffect.Discard());
  }

  private Step discarding(DrillState state, DrillInput input) {
    if (input instanceof DrillInput.Drained) {
      // it was given up meanwhile, and the tree is held all the same
      return Step.to(state, new DrillEffect.Release());
    }
    if (!(input instanceof DrillInput.Discarded discarded)) {
      return Step.to(state);
    }
    String text =
        discarded.problem().isEmpty()
            ? state.text()
            : (state.text().isEmpty() ? "" : state.text() + "; ") + discarded.problem();
    DrillResult result =
        new DrillResult(
            settings.node(),
            state.who(),
            state.beganMs(),
            discarded.wallMs(),
            state.outcome(),
            inMs(state.drainNs()),
            inMs(state.startedAfterNs()),
            inMs(state.recoveredNs()),
            text);
    DrillState idle =
        DrillState.idle(discarded.wallMs())
            .decided(state.outcome(), "")
            .fitSince(state.fitSinceNs());
    return Step.to(idle, new DrillEffect.Release(), new DrillEffect.Keep(result));
  }

  private static long inMs(long ns) {
    return ns < 0 ? -1 : ns / MS;
  }
}

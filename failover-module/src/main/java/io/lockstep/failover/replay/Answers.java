package io.lockstep.failover.replay;

import io.lockstep.failover.replay.Run.Answer;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleEffect.AskArbiter;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Answers the effects of a machine that is replayed under other times. An effect that the recorded
 * machine gave out at the same moment ends as it did then. For any other the recording has no
 * answer, and a plain one is made up: it succeeds after the time that its kind took in the
 * recording, and the arbiter answers as it did, nearest in time, to the same question.
 */
final class Answers {
  /** An answer to come. */
  record Due(long atNs, RoleInput input) {}

  private final List<Answer> recorded;
  private final Set<Integer> used = new TreeSet<>();
  private final long toleranceNs;
  private final boolean recordedArbiter;
  private final List<String> modelled;
  private long drawn;

  /**
   * Over what the recorded machine got.
   *
   * @param toleranceNs within which two effects are given out at the same moment
   * @param modelled gets a sentence for what is made up
   */
  Answers(List<Answer> recorded, long toleranceNs, boolean recordedArbiter, List<String> modelled) {
    this.recorded = recorded;
    this.toleranceNs = toleranceNs;
    this.recordedArbiter = recordedArbiter;
    this.modelled = modelled;
  }

  /** Whether the input ends that effect. */
  static boolean ends(RoleInput input, RoleEffect effect) {
    if (effect instanceof AskArbiter) {
      return input instanceof RoleInput.Granted
          || input instanceof RoleInput.Refused
          || input instanceof RoleInput.Unknown;
    }
    return input instanceof RoleInput.EffectDone done && done.effect().equals(effect)
        || input instanceof RoleInput.EffectFailed failed && failed.effect().equals(effect);
  }

  /** Whether such an input comes only because of an effect. */
  static boolean isAnswer(RoleInput input) {
    return input instanceof RoleInput.EffectDone
        || input instanceof RoleInput.EffectFailed
        || input instanceof RoleInput.Granted
        || input instanceof RoleInput.Refused
        || input instanceof RoleInput.Unknown;
  }

  /** What ends an effect given out now; null for nothing, as in the recording. */
  Due to(RoleEffect effect, long nowNs, RoleState state) {
    int same = sameMoment(effect, nowNs);
    boolean otherArbiter =
        effect instanceof AskArbiter && state.settings().arbiter() != recordedArbiter;
    if (same >= 0 && !otherArbiter) {
      used.add(same);
      Answer answer = recorded.get(same);
      return answer.input() == null
          ? null
          : new Due(nowNs + answer.endedNs() - answer.givenNs(), answer.input());
    }
    return effect instanceof AskArbiter ask
        ? arbiter(ask, nowNs, state, otherArbiter)
        : succeeds(effect, nowNs);
  }

  private int sameMoment(RoleEffect effect, long nowNs) {
    for (int i = 0; i < recorded.size(); i++) {
      Answer answer = recorded.get(i);
      boolean near = Math.abs(answer.givenNs() - nowNs) <= toleranceNs;
      if (near && answer.effect().equals(effect) && !used.contains(i)) {
        return i;
      }
    }
    return -1;
  }

  private Due arbiter(AskArbiter ask, long nowNs, RoleState state, boolean otherArbiter) {
    if (!state.settings().arbiter()) {
      modelled.add("Without an arbiter every question is granted at once.");
      return new Due(nowNs, new RoleInput.Granted(0));
    }
    int nearest = otherArbiter ? -1 : nearest(ask, nowNs, false);
    if (nearest < 0) {
      modelled.add(
          "No answer of the arbiter to "
              + ask.question()
              + " was recorded: it is taken as granted.");
      return new Due(nowNs, new RoleInput.Granted(state.view() + 1));
    }
    Answer answer = recorded.get(nearest);
    modelled.add(
        "The arbiter's answer to "
            + ask.question()
            + " is the one recorded nearest in time: "
            + answer.input());
    return new Due(nowNs + answer.endedNs() - answer.givenNs(), answer.input());
  }

  private Due succeeds(RoleEffect effect, long nowNs) {
    long tookNs = tookNs(effect);
    String name = effect.getClass().getSimpleName();
    modelled.add(
        tookNs < 0
            ? "No " + name + " was recorded: it is taken as done at once."
            : "%s succeeds after %d ms, as it took in the recording."
                .formatted(name, tookNs / 1_000_000));
    long took = Math.max(0, tookNs);
    return new Due(
        nowNs + took,
        new RoleInput.EffectDone(
            effect, took / 1_000_000, generation(effect, nowNs), sequence(effect, nowNs)));
  }

  /** The median over effects of the kind that were done; -1 when none was. */
  private long tookNs(RoleEffect effect) {
    List<Long> took = new ArrayList<>();
    for (Answer answer : recorded) {
      if (kind(answer.effect()).equals(kind(effect))
          && answer.input() instanceof RoleInput.EffectDone) {
        took.add(answer.endedNs() - answer.givenNs());
      }
    }
    took.sort(Comparator.naturalOrder());
    return took.isEmpty() ? -1 : took.get(took.size() / 2);
  }

  private static Object kind(RoleEffect effect) {
    return effect instanceof RoleEffect.Persist persist
        ? persist.change().getClass()
        : effect.getClass();
  }

  /**
   * The one that was drawn, so that what the peer said of it later fits; made up if there is none.
   */
  private Generation generation(RoleEffect effect, long nowNs) {
    boolean draws =
        effect instanceof RoleEffect.Persist p
            && p.change() instanceof Change.BeginGeneration begin
            && begin.stage() != Change.Stage.COMMIT;
    if (!draws) {
      return null;
    }
    int nearest = nearest(effect, nowNs, true);
    if (nearest >= 0) {
      used.add(nearest);
      return ((RoleInput.EffectDone) recorded.get(nearest).input()).generation();
    }
    return new Generation(-1, ++drawn);
  }

  private long sequence(RoleEffect effect, long nowNs) {
    if (!(effect instanceof RoleEffect.AwaitAcks)) {
      return -1;
    }
    int nearest = nearest(effect, nowNs, true);
    return nearest < 0 ? 0 : ((RoleInput.EffectDone) recorded.get(nearest).input()).sequence();
  }

  private int nearest(RoleEffect effect, long nowNs, boolean doneAndUnused) {
    int nearest = -1;
    for (int i = 0; i < recorded.size(); i++) {
      Answer answer = recorded.get(i);
      boolean fits = answer.input() != null && answer.effect().equals(effect);
      boolean unused = answer.input() instanceof RoleInput.EffectDone && !used.contains(i);
      if (fits
          && (unused || !doneAndUnused)
          && (nearest < 0 || distance(answer, nowNs) < distance(recorded.get(nearest), nowNs))) {
        nearest = i;
      }
    }
    return nearest;
  }

  private static long distance(Answer answer, long nowNs) {
    return Math.abs(answer.givenNs() - nowNs);
  }
}

package io.lockstep.failover.role;

import io.lockstep.replicator.model.DataState;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node has made durable and been granted, as one who watches its effects and their answers
 * sees it, and the promises that these have to precede. It knows nothing of the machine's state.
 *
 * @param alone the record counts this node as the one that serves without its peer
 * @param primary the record says that it serves with its peer
 * @param intent an INTENT is in the record
 * @param data data state in the record
 * @param followed the record was brought to the peer's history, and not changed since
 * @param granted last question that the arbiter agreed to; null when it was used up
 * @param steppedDown the record says that this node numbers no more
 * @param copyFailed the own copy failed and was not fetched anew
 * @param recordBroken the record could not be written
 * @param stopped the record says that the module is stopped
 * @param may this node was told by contact or operator that it is the one to serve
 */
record RolePromises(
    boolean alone,
    boolean primary,
    boolean intent,
    DataState data,
    boolean followed,
    RoleEffect.Question granted,
    boolean steppedDown,
    boolean copyFailed,
    boolean recordBroken,
    boolean stopped,
    boolean may) {
  static final RolePromises NONE =
      new RolePromises(
          false,
          false,
          false,
          DataState.INCONSISTENT,
          false,
          null,
          false,
          false,
          false,
          false,
          false);

  /** After an input; {@code before} is the state that took it. */
  RolePromises after(RoleInput input, RoleState before) {
    if (input instanceof RoleInput.Boot boot && !before.booted()) {
      DurableStanding record = boot.record();
      return new RolePromises(
          record.alone(),
          false,
          false,
          record.dataState(),
          false,
          null,
          false,
          false,
          false,
          record.stopped(),
          false);
    }
    boolean failed =
        input instanceof RoleInput.EffectFailed f && f.effect().equals(before.inFlight());
    if (failed && before.inFlight() instanceof RoleEffect.Persist) {
      return new RolePromises(
          alone,
          primary,
          intent,
          data,
          followed,
          granted,
          steppedDown,
          copyFailed,
          true,
          stopped,
          may);
    }
    if (input instanceof RoleInput.CopyFailed) {
      return with(alone, primary, intent, data, followed, granted, steppedDown, true, false);
    }
    if (input instanceof RoleInput.Start start && start.force()) {
      return with(alone, primary, intent, data, followed, granted, steppedDown, false, true);
    }
    if (input instanceof RoleInput.Contact) {
      return with(alone, primary, intent, data, followed, granted, steppedDown, copyFailed, true);
    }
    if (before.inFlight() instanceof RoleEffect.AskArbiter ask && !before.staleAnswer()) {
      boolean agreed =
          input instanceof RoleInput.Granted || (input instanceof RoleInput.Unknown && alone);
      return agreed
          ? with(
              alone, primary, intent, data, followed, ask.question(), steppedDown, copyFailed, may)
          : this;
    }
    boolean done = input instanceof RoleInput.EffectDone d && d.effect().equals(before.inFlight());
    return done && before.inFlight() instanceof RoleEffect.Persist p ? persisted(p.change()) : this;
  }

  private RolePromises persisted(Change change) {
    if (change instanceof Change.Promise || change instanceof Change.Maintenance) {
      return this;
    }
    if (change instanceof Change.BeginGeneration begin) {
      return begin.stage() == Change.Stage.INTENT
          ? with(alone, primary, true, data, false, granted, steppedDown, copyFailed, may)
          : new RolePromises(
              true,
              false,
              false,
              DataState.UP_TO_DATE,
              false,
              null,
              false,
              copyFailed,
              recordBroken,
              stopped,
              false);
    }
    if (change instanceof Change.AbandonIntent) {
      return with(alone, primary, false, data, followed, granted, steppedDown, copyFailed, may);
    }
    if (change instanceof Change.Data state) {
      return with(
          alone, primary, intent, state.dataState(), false, granted, steppedDown, copyFailed, may);
    }
    if (change instanceof Change.Followed) {
      return new RolePromises(
          false,
          false,
          intent,
          DataState.UP_TO_DATE,
          true,
          null,
          steppedDown,
          false,
          recordBroken,
          stopped,
          may);
    }
    if (change instanceof Change.StepDown down) {
      return with(
          down.alone(), false, intent, down.dataState(), false, null, true, copyFailed, false);
    }
    if (change instanceof Change.Standing standing) {
      return standsAs(standing.role());
    }
    if (change instanceof Change.YieldTo) {
      return with(
          false, false, intent, DataState.OUTDATED, false, null, steppedDown, copyFailed, false);
    }
    return with(false, false, intent, data, false, granted, steppedDown, copyFailed, may);
  }

  private RolePromises with(
      boolean alone,
      boolean primary,
      boolean intent,
      DataState data,
      boolean followed,
      RoleEffect.Question granted,
      boolean steppedDown,
      boolean copyFailed,
      boolean may) {
    return new RolePromises(
        alone,
        primary,
        intent,
        data,
        followed,
        granted,
        steppedDown,
        copyFailed,
        recordBroken,
        stopped,
        may);
  }

  private RolePromises standsAs(Role role) {
    boolean serves = role == Role.PRIMARY;
    return new RolePromises(
        alone && !serves,
        serves,
        intent,
        data,
        followed,
        granted,
        steppedDown,
        copyFailed,
        recordBroken,
        role == Role.STOPPED,
        may);
  }

  /** What of a step broke a promise; empty when nothing did. */
  List<String> broken(RoleState before, Step step) {
    List<String> broken = new ArrayList<>();
    int tracked = 0;
    for (RoleEffect effect : step.effects()) {
      tracked += effect.tracked() ? 1 : 0;
      String promise = broken(effect, before, step.state());
      if (promise != null) {
        broken.add(promise + ", at " + effect);
      }
    }
    if (tracked > 1
        || (tracked == 1 && before.inFlight() != null && step.state().inFlight() == null)) {
      broken.add("more than one tracked effect under way");
    }
    if (step.because().isBlank()) {
      broken.add("no reason given");
    }
    Role role = step.state().role();
    if (role == Role.PRIMARY && before.role() == Role.ALONE && !primary) {
      broken.add("PRIMARY before the record says so");
    }
    if (copyFailed && step.state().eligible()) {
      broken.add("a failed copy is eligible");
    }
    boolean whole = data == DataState.UP_TO_DATE || data == DataState.CONSISTENT;
    if (copyFailed
        && whole
        && !recordBroken
        && step.state().goal() == Goal.NONE
        && role == Role.WAITING) {
      broken.add("a failed copy rests as " + data);
    }
    return broken;
  }

  private String broken(RoleEffect effect, RoleState before, RoleState after) {
    if (effect instanceof RoleEffect.ReleaseWaiting || effect instanceof RoleEffect.TrackAlone) {
      return alone ? null : "acknowledged alone without a durable generation";
    }
    if (effect instanceof RoleEffect.Mount
        || effect instanceof RoleEffect.AddAddresses
        || effect instanceof RoleEffect.StartApplication) {
      if (copyFailed) {
        return "served from a failed copy";
      }
      if (stopped && !recordBroken) {
        return "served while the record says that the module is stopped";
      }
      return alone || primary ? null : "served without a record of it";
    }
    if (effect instanceof RoleEffect.AskArbiter ask
        && (ask.question() == RoleEffect.Question.TAKE_OVER
            || ask.question() == RoleEffect.Question.FORCE)) {
      if (copyFailed) {
        return "asked to serve a failed copy";
      }
      boolean may = this.may || before.eligible() || alone && data == DataState.UP_TO_DATE;
      return intent && may ? null : intent ? "asked without a right to" : "asked before the intent";
    }
    if (effect instanceof RoleEffect.Persist persist) {
      return broken(persist.change());
    }
    if (effect instanceof RoleEffect.ConfirmInSync) {
      return followed ? null : "called up to date before it is durable";
    }
    if (effect instanceof RoleEffect.Reintegrate reintegrate) {
      if (reintegrate.source()) {
        return alone ? null : "source of a return without a record of serving";
      }
      boolean marked = data == DataState.INCONSISTENT && !after.eligible();
      return marked ? null : "target of a return before it is INCONSISTENT, durably";
    }
    if (effect instanceof RoleEffect.Tell tell) {
      return broken(tell.message(), after);
    }
    return null;
  }

  private String broken(Change change) {
    if (!(change instanceof Change.BeginGeneration begin)) {
      return null;
    }
    return switch (begin.stage()) {
      case INTENT -> null;
      case COMMIT ->
          intent
                  && (granted == RoleEffect.Question.TAKE_OVER
                      || granted == RoleEffect.Question.FORCE)
              ? null
              : "committed without a grant";
      case ALONE -> granted == RoleEffect.Question.ALONE ? null : "ran alone without a grant";
    };
  }

  private String broken(PeerMessage message, RoleState after) {
    if (message instanceof PeerMessage.OutdatedConfirmed) {
      boolean down = data == DataState.OUTDATED || data == DataState.INCONSISTENT;
      return !after.eligible() && (down || after.role() == Role.STOPPED)
          ? null
          : "confirmed OUTDATED before it is durable";
    }
    if (message instanceof PeerMessage.TakeOver) {
      return steppedDown ? null : "handed over before the step down is durable";
    }
    return null;
  }
}

package io.lockstep.simulator;

import io.lockstep.agent.node.Groups;
import io.lockstep.failover.group.Errand;
import io.lockstep.failover.group.GroupEffect;
import io.lockstep.failover.group.GroupMachine.Step;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleInput;
import java.util.ArrayList;
import java.util.List;

/** Deliberate faults of a group's machine. */
final class GroupMutations {
  private GroupMutations() {}

  /** One of those in its place. */
  static Mutation of(String name, String rule, Groups.Machine machine) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          Groups.Machine group(Groups.Machine real) {
            return machine;
          }
        });
  }

  /** The first that leaves is the only one. */
  static Groups.Machine movingOne(Groups.Machine real) {
    return (settings, state, input, members, nowNs) -> {
      Step step = real.step(settings, state, input, members, nowNs);
      Errand errand = step.state().errand();
      if (errand == null || errand.kind() != Errand.Kind.MOVE || errand.current().isEmpty()) {
        return step;
      }
      Errand alone =
          new Errand(
              errand.kind(),
              errand.why(),
              errand.byOperator(),
              List.of(),
              errand.current(),
              errand.number(),
              errand.sinceNs());
      return new Step(with(step.state(), alone), step.effects());
    };
  }

  private static GroupState with(GroupState s, Errand errand) {
    return new GroupState(
        s.orders(),
        errand,
        s.places(),
        s.stillSinceNs(),
        s.seen(),
        s.seenSinceNs(),
        s.moves(),
        s.movedNs(),
        s.waiting(),
        s.told());
  }

  /** All of them can move, it seems. */
  static Groups.Machine takingAllForMovable(Groups.Machine real) {
    return (settings, state, input, members, nowNs) ->
        real.step(
            settings,
            state,
            input,
            members.stream().map(m -> with(m, "", m.handedOver())).toList(),
            nowNs);
  }

  /** Whoever takes over comes alone, it seems. */
  static Groups.Machine takingNoneForHandedOver(Groups.Machine real) {
    return (settings, state, input, members, nowNs) ->
        real.step(
            settings,
            state,
            input,
            members.stream().map(m -> with(m, m.hindrance(), false)).toList(),
            nowNs);
  }

  private static Member with(Member m, String hindrance, boolean handedOver) {
    return new Member(
        m.name(),
        m.place(),
        m.leaving(),
        hindrance,
        m.applicationUp(),
        m.well(),
        m.wantsAway(),
        m.failsHere(),
        m.failsThere(),
        m.paused(),
        m.waitsToStart(),
        handedOver,
        m.order(),
        m.undisturbedNs(),
        m.is());
  }

  /** A group that is apart stays so. */
  static Groups.Machine stayingApart(Groups.Machine real) {
    return (settings, state, input, members, nowNs) -> {
      boolean here = members.stream().anyMatch(m -> m.place() == Place.HERE);
      boolean there = members.stream().anyMatch(m -> m.place() == Place.THERE);
      Step step = real.step(settings, state, input, members, nowNs);
      boolean chosen = step.state().movedNs() != state.movedNs();
      return here && there && chosen ? new Step(state, List.of()) : step;
    };
  }

  /** Whatever waits may start. */
  static Groups.Machine startingAtOnce(Groups.Machine real) {
    return (settings, state, input, members, nowNs) -> {
      Step step = real.step(settings, state, input, members, nowNs);
      List<GroupEffect> effects = new ArrayList<>(step.effects());
      members.stream()
          .filter(Member::waitsToStart)
          .forEach(m -> effects.add(new GroupEffect.Order(m.name(), new RoleInput.MayStart())));
      return new Step(step.state(), effects);
    };
  }
}

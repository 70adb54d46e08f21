package io.lockstep.simulator;

import io.lockstep.failover.group.Errand;
import io.lockstep.failover.group.GroupEffect;
import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.GroupSettings;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges how a group moves, by what both nodes' modules truly are: all of it or none, never to a
 * node on which a copy has not been whole for longer than it takes to hear of that, not again
 * within the quiet time, and, when nothing goes wrong any more, not to and fro. Applications start
 * after those that they build on.
 */
final class GroupOracle {
  /** What a violation breaks. */
  static final String PROMISE = "GROUP";

  /** Looks after which the next member has to have been told that the one before has left. */
  private static final int LOOKS = 2;

  /** Longer than a machine's look at all members. */
  private static final long LOOK_NS = Plan.SECOND;

  private static final long HEARD_WITHIN_NS = 30 * Plan.SECOND;

  /** Going back to the preferred node, once. */
  private static final int MOST_MOVES_WHEN_SETTLED = 1;

  /** What a group's machine was given, and what it made of it. */
  record Turn(
      GroupSettings settings,
      GroupState before,
      GroupInput input,
      List<Member> members,
      GroupMachine.Step step) {}

  /** A move under way at one host. */
  private static final class Move {
    final Set<String> expected = new HashSet<>();
    final Set<String> told = new HashSet<>();
    final long begunNs;
    String last = "";
    long order;
    int looks;

    Move(long nowNs) {
      begunNs = nowNs;
    }
  }

  private final World world;
  private final Move[] moves = new Move[2];
  private final long[] movedNs = {Long.MIN_VALUE, Long.MIN_VALUE};
  private final List<Map<String, Long>> waiting = List.of(new HashMap<>(), new HashMap<>());

  /** By module (the judged one first) and host: since when that copy could not be served. */
  private final long[][] unfitSinceNs = {
    {Long.MAX_VALUE, Long.MAX_VALUE}, {Long.MAX_VALUE, Long.MAX_VALUE}
  };

  /** By host: since when it serves, or takes over, what the judged module builds on. */
  private final long[] baseHereSinceNs = {Long.MAX_VALUE, Long.MAX_VALUE};

  private boolean settled;
  private int movesWhenSettled;

  GroupOracle(World world) {
    this.world = world;
  }

  /** The host's agent died or stands still: what its group was at is over. */
  void silent(SimHost host) {
    moves[host.side] = null;
    movedNs[host.side] = Long.MIN_VALUE;
    waiting.get(host.side).clear();
  }

  /** An operator did something: what follows is a new story. */
  void operated() {
    movesWhenSettled = 0;
  }

  /** Nothing goes wrong any more. */
  void settled() {
    settled = true;
    movesWhenSettled = 0;
  }

  // ---- what is so

  private RoleState state(int module, int side) {
    SimHost host = world.host(side);
    if (!host.agentAlive()) {
      return null;
    }
    return module == 0 ? host.agent.state() : world.group().state(host);
  }

  private boolean follows(int module, int side) {
    RoleState state = state(module, side);
    return state != null
        && !world.host(side).frozen
        && state.role() == Role.SECONDARY
        && state.dataState() == DataState.UP_TO_DATE;
  }

  private boolean isHere(int module, int side) {
    RoleState state = state(module, side);
    return state != null && (state.role().serves() || state.role() == Role.TAKING_OVER);
  }

  /** Something may have changed. */
  void look() {
    long nowNs = world.scheduler().nowNs();
    for (int side = 0; side < 2; side++) {
      long sinceNs = baseHereSinceNs[side];
      baseHereSinceNs[side] = isHere(1, side) ? Math.min(sinceNs, nowNs) : Long.MAX_VALUE;
    }
    for (int module = 0; module < 2; module++) {
      for (int side = 0; side < 2; side++) {
        long sinceNs = unfitSinceNs[module][side];
        unfitSinceNs[module][side] =
            follows(module, side) ? Long.MAX_VALUE : Math.min(sinceNs, nowNs);
      }
    }
  }

  private static int module(String name) {
    return name.equals(Plan.SECOND_MODULE) ? 1 : 0;
  }

  /** After which a node knows what happened to a copy on the other one. */
  private long knownAfterNs() {
    return 2 * world.plan().configuration().timing().takeoverAfter().toNanos() + 10 * Plan.SECOND;
  }

  // ---- what is decided

  /** A group's machine made a step. */
  void stepped(SimHost host, Turn turn) {
    Errand errand = turn.step().state().errand();
    boolean byChoice = turn.before().movedNs() != turn.step().state().movedNs();
    boolean asked = turn.input() instanceof GroupInput.Move && turn.before().errand() == null;
    if (byChoice || asked && errand != null) {
      begins(host, turn, byChoice);
    } else if (!(turn.input() instanceof GroupInput.Look
        || turn.input() instanceof GroupInput.Frozen)) {
      moves[host.side] = null;
    }
    if (moves[host.side] != null) {
      goesOn(host, turn);
    }
    starts(host, turn);
  }

  private void begins(SimHost host, Turn turn, boolean byChoice) {
    world.count(byChoice ? "group moves by choice" : "group moves by order");
    long nowNs = world.scheduler().nowNs();
    if (byChoice) {
      notTooSoon(host, turn, nowNs);
    }
    Move move = new Move(nowNs);
    boolean awake = host.wentOnNs < 0 || nowNs - host.wentOnNs > HEARD_WITHIN_NS;
    for (Member member : turn.members()) {
      if (member.place() == Place.HERE) {
        move.expected.add(member.name());
        long sinceNs = unfitSinceNs[module(member.name())][1 - host.side];
        if (awake && sinceNs != Long.MAX_VALUE && nowNs - sinceNs > knownAfterNs()) {
          throw new Oracle.Violation(
              PROMISE,
              "the group is to go from "
                  + host.name
                  + ", although the other copy of "
                  + member.name()
                  + " cannot be served, and has not for "
                  + (nowNs - sinceNs) / Plan.SECOND
                  + " s");
        }
      }
    }
    moves[host.side] = move;
  }

  private void notTooSoon(SimHost host, Turn turn, long nowNs) {
    long lastNs = movedNs[host.side];
    movedNs[host.side] = nowNs;
    if (lastNs != Long.MIN_VALUE && nowNs - lastNs < turn.settings().quietNs()) {
      throw new Oracle.Violation(
          PROMISE, host.name + " moves the group again within its quiet time");
    }
    if (settled && ++movesWhenSettled > MOST_MOVES_WHEN_SETTLED) {
      throw new Oracle.Violation(
          PROMISE, "the group goes to and fro, although nothing goes wrong any more");
    }
  }

  /** When one has left, the others of those that were here are told. */
  private void goesOn(SimHost host, Turn turn) {
    Move move = moves[host.side];
    Set<String> here = new HashSet<>();
    boolean left = false;
    boolean stays = false;
    for (Member member : turn.members()) {
      if (member.place() == Place.HERE) {
        here.add(member.name());
      }
      boolean decided = member.order() >= move.order && !member.leaving();
      boolean told = member.name().equals(move.last) && decided;
      left |= told && member.place() != Place.HERE;
      stays |= told && member.place() == Place.HERE;
    }
    if (stays) {
      // its hand-over did not come about: the move is over, and nobody else is to go
      moves[host.side] = null;
      return;
    }
    for (GroupEffect effect : turn.step().effects()) {
      if (effect instanceof GroupEffect.Order order
          && order.input() instanceof RoleInput.MoveWithGroup input) {
        move.told.add(order.member());
        move.last = order.member();
        move.order = input.number();
        move.looks = 0;
        return;
      }
    }
    Set<String> forgotten = new HashSet<>(move.expected);
    forgotten.removeAll(move.told);
    forgotten.retainAll(here);
    move.looks = left ? move.looks + 1 : 0;
    if (move.looks >= LOOKS && !forgotten.isEmpty()) {
      throw new Oracle.Violation(
          PROMISE, move.told + " left " + host.name + ", and " + forgotten + " was not told to");
    }
  }

  /** Nothing starts before what it builds on, unless that takes too long. */
  private void starts(SimHost host, Turn turn) {
    Map<String, Long> since = waiting.get(host.side);
    long nowNs = world.scheduler().nowNs();
    for (Member member : turn.members()) {
      if (member.waitsToStart()) {
        since.putIfAbsent(member.name(), nowNs);
      } else {
        since.remove(member.name());
      }
    }
    for (GroupEffect effect : turn.step().effects()) {
      if (effect instanceof GroupEffect.Order order
          && order.input() instanceof RoleInput.MayStart
          && module(order.member()) == 0) {
        world.count("starts in a group");
        refuseEarly(host, turn, nowNs - since.get(order.member()), order.member());
      }
    }
  }

  private void refuseEarly(SimHost host, Turn turn, long waitedNs, String name) {
    if (waitedNs >= turn.settings().startBoundsNs().get(name) - Plan.SECOND) {
      return;
    }
    String early = name + " starts on " + host.name + " before what it builds on, ";
    if (seenHere(host, turn) && !host.second.runs()) {
      throw new Oracle.Violation(PROMISE, early + state(1, host.side).role() + " there");
    }
    long sinceNs = world.scheduler().nowNs() - waitedNs;
    boolean soon = waitedNs < turn.settings().quietNs();
    if (soon && !isHere(1, host.side) && followsFrom(1 - host.side, name, sinceNs)) {
      throw new Oracle.Violation(
          PROMISE, early + "which " + world.host(1 - host.side).name + " has yet to hand over");
    }
  }

  /**
   * Whether it is here, and was when the machine looked: a look and its step are not one moment.
   */
  private boolean seenHere(SimHost host, Turn turn) {
    long nowNs = world.scheduler().nowNs();
    boolean seen =
        turn.members().stream()
            .filter(m -> module(m.name()) == 1)
            .anyMatch(m -> m.place() == Place.HERE || m.place() == Place.PASSING);
    return isHere(1, host.side) && (seen || nowNs - baseHereSinceNs[host.side] > LOOK_NS);
  }

  /**
   * Whether that node is moving what it served: it handed this one over, which has waited at the
   * other since {@code sinceNs}, and not yet its base. One that stood still may be asked to move
   * what the other has taken over meanwhile.
   */
  private boolean followsFrom(int side, String name, long sinceNs) {
    Move move = moves[side];
    RoleState left = state(0, side);
    RoleState base = state(1, side);
    return move != null
        && move.begunNs <= sinceNs
        && move.told.contains(name)
        && move.expected.contains(Plan.SECOND_MODULE)
        && !move.told.contains(Plan.SECOND_MODULE)
        && !world.host(side).frozen
        && left != null
        && left.dataState() == DataState.UP_TO_DATE
        && base != null
        && base.role().serves();
  }
}

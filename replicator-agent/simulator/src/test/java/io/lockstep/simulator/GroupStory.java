package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.GroupSettings;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a run has more in which the module belongs to a group: a second module, production's own as
 * well, on a tree of its own, and the oracle of how both move. What the second one's application is
 * told is not judged, but its copies are equal in the end.
 */
final class GroupStory implements Operator.Patient {
  private static final long STAYS_NS = 300 * Plan.SECOND;
  private static final long LOOK_NS = 10 * Plan.SECOND;

  private final World world;
  private final GroupOracle oracle;
  private final SimArbiter arbiter;
  private final SplittableRandom chance;
  private Operator operator;
  private int togetherLooks;

  GroupStory(World world, SimHost... hosts) {
    this.world = world;
    this.oracle = new GroupOracle(world);
    long seed = world.plan().seed();
    this.chance = Plan.stream(seed, "second's run");
    this.arbiter =
        world.plan().extras().arbiter()
            ? new SimArbiter(world.scheduler(), Plan.stream(seed, "second's arbiter"))
            : null;
    for (SimHost host : hosts) {
      host.second = new Second(host, chance.split());
    }
  }

  /** Of the second module: each has a record of its own. Null when there is none. */
  SimArbiter arbiter() {
    return arbiter;
  }

  ApplicationControl application(SimHost host) {
    return new SecondApplication(world, host, chance);
  }

  void killApplication(SimHost host) {
    if (host.second.application != null) {
      world.scheduler().kill(host.second.application);
      host.second.application = null;
    }
  }

  /** The guardian's order: application, mount. */
  void cleanUp(SimHost host) {
    killApplication(host);
    host.second.front = null;
  }

  void freeze(SimHost host) {
    if (host.second.application != null) {
      world.scheduler().freeze(host.second.application);
    }
  }

  void thaw(SimHost host) {
    if (host.second.application != null) {
      world.scheduler().thaw(host.second.application);
    }
  }

  /** The host's agent died, or stands still. */
  void silent(SimHost host) {
    oracle.silent(host);
  }

  /** Something may have changed. */
  void look() {
    oracle.look();
  }

  // ---- what the machines do

  GroupMachine.Step steps(
      SimHost host,
      GroupSettings settings,
      GroupState state,
      GroupInput input,
      List<Member> members,
      long nowNs) {
    GroupMachine.Step step =
        world.substitution().group(GroupMachine::step).step(settings, state, input, members, nowNs);
    oracle.look();
    world.judged(
        () -> oracle.stepped(host, new GroupOracle.Turn(settings, state, input, members, step)));
    return step;
  }

  /** The second module's role machine decided on an input. */
  void decided(RoleState before, RoleInput input) {
    world.reached(before.role(), input);
    oracle.look();
  }

  // ---- faults

  void perform(SimHost host, Fault fault) {
    switch (fault.kind()) {
      case SECOND_TREE_FULL -> {
        host.second.store.fullAfter(fault.detail() % 20_000);
        world.scheduler().after(fault.forNs(), host.second.store::roomAgain);
      }
      case SECOND_SYNC_FAILS -> host.second.store.failSyncs(1 + fault.detail() % 2);
      default -> post(host, new RoleInput.Switchover("", "the simulator"));
    }
  }

  void mend(SimHost host) {
    host.second.store.roomAgain();
    host.second.store.failSyncs(0);
    if (arbiter != null) {
      arbiter.mend();
    }
  }

  // ---- the end

  /** Whether the second module is in sync, and served by that host. */
  boolean servedBy(int side) {
    RoleState serving = state(world.host(side));
    RoleState other = state(world.host(1 - side));
    return serving != null
        && other != null
        && serving.role() == Role.PRIMARY
        && serving.applicationUp()
        && other.role() == Role.SECONDARY
        && other.dataState() == DataState.UP_TO_DATE;
  }

  /** An operator sees to the second module, and to a group that cannot come together by itself. */
  void tend(long sinceNs) {
    if (operator == null) {
      operator = new Operator(world, this, chance.split());
    }
    operator.look(sinceNs);
    boolean apart = isPaired(0) && servedBy(1) || isPaired(1) && servedBy(0);
    togetherLooks = apart && failedOnBoth() ? togetherLooks + 1 : 0;
    if (togetherLooks == 12) {
      togetherLooks = 0;
      SimHost from = world.host(servedBy(0) ? 0 : 1);
      post(from, new RoleInput.Switchover("", "the operator"));
    }
  }

  private boolean isPaired(int side) {
    return world.isProtected(world.host(side));
  }

  private boolean failedOnBoth() {
    boolean both = true;
    for (int side = 0; side < 2; side++) {
      SimHost host = world.host(side);
      boolean mine = failed(host.agentAlive() ? host.agent.state() : null);
      both &= mine || failed(state(host));
    }
    return both;
  }

  private static boolean failed(RoleState state) {
    return state != null && state.applicationFailedNs() != Long.MAX_VALUE;
  }

  /**
   * Nothing goes wrong any more, and the group is together: it may go back to its preferred node,
   * and stays there. Returns when that has been seen, whether it is still in sync.
   */
  boolean stays() {
    oracle.settled();
    for (int looks = 0; looks < STAYS_NS / LOOK_NS; looks++) {
      world.scheduler().pause(LOOK_NS);
    }
    return servedBy(0) && isPaired(0) || servedBy(1) && isPaired(1);
  }

  /** The second application goes on while its trees are looked at: what it removes is not found. */
  List<String> differences() {
    try {
      return TreeDigest.of(world.host(0).second.store)
          .differences(TreeDigest.of(world.host(1).second.store));
    } catch (IOException e) {
      return List.of("a tree could not be walked: " + e.getMessage());
    }
  }

  String describe(int side) {
    return "second module on " + world.host(side).name + ": " + state(world.host(side));
  }

  // ---- the second module, as an operator has it

  @Override
  public RoleState state(SimHost host) {
    boolean open = host.agentAlive() && host.agent.second() != null;
    return open ? host.agent.second().state() : null;
  }

  @Override
  public void post(SimHost host, RoleInput input) {
    world.supervision().operated();
    oracle.operated();
    world.scheduler().tell("an operator at " + host.name + ", second module: " + input);
    world.operate(host, agent -> agent.second().post(input));
  }

  @Override
  public void keeps(int side) {}

  @Override
  public void forces(int side) {}
}

package io.lockstep.simulator;

import io.lockstep.failover.contact.SplitPolicy;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.link.SpoiledFrames;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.Carriers;
import io.lockstep.replicator.testkit.sim.Inbox;
import io.lockstep.replicator.testkit.sim.Memory;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimulationFailure;
import io.lockstep.replicator.testkit.sim.Trace;
import io.lockstep.replicator.testkit.sim.network.Datagrams;
import io.lockstep.replicator.testkit.sim.network.LinkNetwork;
import io.lockstep.replicator.testkit.sim.network.Wires;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One run: two hosts, what is between them, and what happens to them; then everything is mended,
 * and the pair has to be PROTECTED and equal within bounded time.
 */
final class World implements Operator.Patient {
  /** How a role machine begins to say that it stops to serve for its own disk's sake. */
  private static final Path QUARANTINES = Path.of("/var/lib/lockstep/desk/quarantine");

  private static final String COPY_FAILED = "its own copy failed";

  /** The same of one that does not serve. */
  private static final String SECONDARY_FAILED = "this node's copy failed";

  private static final long SECOND = Plan.SECOND;
  private static final long FIRST_SYNC_NS = 300 * SECOND;
  private static final long MENDED_WITHIN_NS = 1_800 * SECOND;
  private static final long EQUAL_WITHIN_NS = 120 * SECOND;
  private static final long HEARD_WITHIN_NS = 30 * SECOND;
  private static final long STUCK_AFTER_MS = 60_000;
  private static final long EXIT_WITHIN_NS = 120 * SECOND;

  private final Plan plan;
  private final Substitution substitution;
  private final Scheduler scheduler;
  private final Memory memory;
  private final SplittableRandom workload;
  private final SplittableRandom chance;
  private final SplittableRandom applicationChance;
  private final SplittableRandom drillChance;
  private final SimHost[] hosts = new SimHost[2];
  private final Role[] roles = {Role.STOPPED, Role.STOPPED};
  private final boolean[] split = new boolean[2];
  private final boolean[] follows = new boolean[2];
  private final long[] forcedNs = {-SECOND, -SECOND};
  private final DataState[] dataStates = new DataState[2];
  private final List<Datagrams> heartbeats = new ArrayList<>();
  private final List<List<Inbox<Boolean>>> turns = new ArrayList<>();
  private final LinkNetwork network;
  private final Oracle oracle;
  private final QuarantineOracle quarantines;
  private final SimArbiter arbiter;
  private final SupervisionOracle supervision;
  private final GroupStory group;
  private final Statistics statistics = new Statistics();
  private final SimExecution execution;
  private final Map<Fault, Runnable> aimed = new LinkedHashMap<>();
  private int operations;
  private int lives;
  private boolean mended;
  private boolean maySplit;
  private Oracle.Violation violation;

  World(Plan plan, Substitution substitution, Carriers carriers, boolean keepTrace) {
    this.plan = plan;
    this.substitution = substitution;
    SplittableRandom root = new SplittableRandom(plan.seed());
    this.scheduler =
        new Scheduler(
            root.nextLong(), carriers, new Trace(keepTrace), plan.chances(), STUCK_AFTER_MS);
    this.memory = carriers.memory();
    this.workload = root.split();
    this.chance = root.split();
    this.applicationChance = Plan.stream(plan.seed(), "application's run");
    this.drillChance = Plan.stream(plan.seed(), "drills' run");
    this.execution = new SimExecution(scheduler, scheduler.world());
    for (int side = 0; side < 2; side++) {
      hosts[side] = new SimHost(side, scheduler, root.split());
      List<Inbox<Boolean>> mine = new ArrayList<>();
      for (int lane = 0; lane < plan.lanes(); lane++) {
        mine.add(new Inbox<>(scheduler, "a turn to work"));
      }
      turns.add(mine);
    }
    SplittableRandom forBits = root.split();
    Wires wires = new Wires(scheduler, root.split());
    wires.quality(plan.quality());
    this.network =
        new LinkNetwork(
            scheduler,
            wires,
            plan.configuration().link().silence().toNanos(),
            payload -> SpoiledFrames.refused(payload, forBits.nextInt(1 << 20)));
    for (int path = 0; path < plan.paths(); path++) {
      Wires mine = new Wires(scheduler, root.split());
      mine.quality(plan.quality());
      heartbeats.add(new Datagrams(mine, path));
    }
    this.oracle = new Oracle(plan.lanes(), plan.extras().arbiter());
    this.quarantines = new QuarantineOracle(plan.lanes(), QUARANTINES);
    this.arbiter =
        plan.extras().arbiter()
            ? new SimArbiter(scheduler, Plan.stream(plan.seed(), "arbiter's run"))
            : null;
    this.supervision = new SupervisionOracle(this);
    this.group = plan.extras().group() ? new GroupStory(this, hosts) : null;
  }

  /** Plays the run; the result says what came of it. */
  Statistics run() {
    String failure = null;
    String promise = "";
    try {
      scheduler.run(this::play);
    } catch (SimulationFailure e) {
      promise = violation == null ? "failure" : violation.promise;
      failure = e.getMessage() + cause(e);
    }
    statistics.finish(scheduler, oracle.orphanTails(), promise, failure);
    return statistics;
  }

  private static String cause(SimulationFailure e) {
    if (e.getCause() == null || e.getCause() instanceof Oracle.Violation) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (Throwable t = e.getCause(); t != null; t = t.getCause()) {
      text.append("\ncaused by ").append(t);
      for (StackTraceElement frame : t.getStackTrace()) {
        if (frame.getClassName().startsWith("io.lockstep")) {
          text.append("\n    at ").append(frame);
        }
      }
    }
    return text.toString();
  }

  Trace trace() {
    return scheduler.trace();
  }

  // ---- what the parts ask for

  Plan plan() {
    return plan;
  }

  Substitution substitution() {
    return substitution;
  }

  /** Big buffers for its processes. */
  Memory memory() {
    return memory;
  }

  LinkNetwork network() {
    return network;
  }

  List<Datagrams> heartbeats() {
    return heartbeats;
  }

  /** Null when there is none. */
  SimArbiter arbiter() {
    return arbiter;
  }

  SupervisionOracle supervision() {
    return supervision;
  }

  /** Null where the module is alone. */
  GroupStory group() {
    return group;
  }

  Oracle oracle() {
    return oracle;
  }

  int lanes() {
    return plan.lanes();
  }

  SplittableRandom workload() {
    return workload;
  }

  /** For the application's commands. */
  SplittableRandom applicationChance() {
    return applicationChance;
  }

  /** For what happens in drills. */
  SplittableRandom drillChance() {
    return drillChance;
  }

  void count(String name) {
    statistics.count(name);
  }

  int nextOperation() {
    return ++operations;
  }

  SimHost peer(SimHost host) {
    return hosts[1 - host.side];
  }

  boolean isProtected(SimHost host) {
    return host.agentAlive() && host.agent.role() == Role.PRIMARY;
  }

  /** The lane's thread waits until it is to work; false when it was only woken. */
  boolean awaitTurn(SimHost host, int lane) {
    Boolean turn = turns.get(host.side).get(lane).poll(Long.MAX_VALUE);
    if (turn != null && workload.nextBoolean()) {
      scheduler.pause(1 + workload.nextLong(20_000_000));
    }
    return turn != null;
  }

  void wakeLanes() {
    turns.forEach(side -> side.forEach(Inbox::wake));
  }

  // ---- what the parts tell

  void judged(Runnable judgement) {
    try {
      judgement.run();
    } catch (Oracle.Violation v) {
      if (violation == null) {
        violation = v;
      }
      scheduler.fail(new SimulationFailure(v.getMessage(), v));
    }
  }

  void acked(SimHost host, Branch branch, int lane, Branch.Entry entry, boolean isProtected) {
    statistics.count("acknowledged");
    if (trace().keeps()) {
      scheduler.tell(
          host.name + " lane " + lane + " did " + entry.op + (isProtected ? "" : " (exposed)"));
    }
    trace().mix(entry.op.number());
    judged(() -> oracle.acked(branch, entry, isProtected, scheduler.nowNs()));
  }

  /** Returns whether the lane goes on. */
  boolean refused(
      SimHost host, Branch branch, int lane, Branch.Entry entry, StoreException refusal) {
    scheduler.tell(host.name + " lane " + lane + " was refused " + entry.op + ": " + refusal);
    if (refusal.failure() == Failure.NO_SPACE) {
      LaneModel found = TreeReader.lanes(host, plan.lanes()).get(lane);
      if (!isProtected(host)) {
        oracle.refusedAlone(branch, lane, entry);
      }
      oracle.doneInPart(branch, lane, entry, found, scheduler.nowNs());
      return true;
    }
    if (refusal.failure() != Failure.IO) {
      judged(
          () -> {
            throw new Oracle.Violation(
                "G2", host.name + " refuses " + entry.op + ", which must succeed: " + refusal);
          });
    }
    return false;
  }

  void unanswered(SimHost host, int lane, Branch.Entry entry) {
    scheduler.tell(host.name + " lane " + lane + " has no answer to " + entry.op);
  }

  /** A module is about to show its tree to the application. */
  void mounted(SimHost host) {
    judged(
        () -> {
          Branch branch = oracle.mounted(host);
          scheduler.tell(host.name + " mounts: " + branch);
        });
    turns.get(host.side).forEach(Inbox::clear);
    statistics.count("mounts");
  }

  /** A role machine decided on such an input in that role. */
  void reached(Role role, RoleInput input) {
    statistics.coverage().reachedInput(role, input);
  }

  /** The judged module's role machine decided on an input. */
  void decided(SimHost host, RoleState before, RoleState after, RoleInput input) {
    reached(before.role(), input);
    if (group != null) {
      group.look();
    }
    noteSplit(host, after);
    if (before.role() != after.role() && !aimed.isEmpty()) {
      meet(host, after.role());
    }
    if (arbiter != null) {
      answered(input);
    }
    if (yields(after.inFlight()) && !yields(before.inFlight())) {
      noteDecidedSplit(host);
    }
    if (input instanceof RoleInput.EffectDone done
        && done.effect() instanceof RoleEffect.Quarantine) {
      noteQuarantine(host);
    }
    if (input instanceof RoleInput.EffectDone done && drops(done.effect())) {
      noteDropped(host);
    }
    if (before.paused() && !after.paused()) {
      host.resumedNs = scheduler.nowNs();
    }
    substitution.decided(host, after, input);
    judged(() -> supervision.decided(host, before, after, input));
  }

  private void answered(RoleInput input) {
    boolean unclear = input instanceof RoleInput.Unknown;
    boolean refused = input instanceof RoleInput.Refused;
    if (unclear || refused || input instanceof RoleInput.Granted) {
      count("questions to the arbiter");
    }
    if (unclear || refused) {
      count(unclear ? "unclear answers" : "refusals");
    }
  }

  /** The application is about to run on that host. */
  void applicationStarts(SimHost host) {
    host.applicationSinceNs = scheduler.nowNs();
    judged(() -> supervision.starts(host));
    judged(() -> host.agent.rehearsals().applicationStarts());
  }

  /** The host is about to have the virtual address. */
  void addressAdded(SimHost host) {
    judged(() -> supervision.address(host));
  }

  /** Whether another host that asks for the virtual address gets an answer from this one. */
  boolean answersAtTheAddress(SimHost host) {
    return host.up
        && !host.frozen
        && host.address()
        && heartbeats.stream().noneMatch(path -> path.wires().broken());
  }

  /** One of its threads begins anew where another ended. */
  void startedOver(SimHost host, Branch branch, int lane) {
    judged(() -> oracle.startedOver(host, branch, lane, scheduler.nowNs()));
  }

  /** Its processes are gone, if there are any. */
  void killApplication(SimHost host) {
    if (host.application != null) {
      scheduler.kill(host.application);
      host.application = null;
    }
  }

  /** A role machine made a step that it announces. */
  void stepped(SimHost host) {
    RoleState state = host.agent.state();
    if (state == null || host.agent.process().dead()) {
      return;
    }
    Role role = state.role();
    boolean served = roles[host.side].serves() || roles[host.side] == Role.DEMOTING;
    // the record of it may not have come to be written
    boolean stops = role == Role.DEMOTING && state.reason().startsWith(COPY_FAILED);
    boolean failed = stops || state.dataState() == DataState.INCONSISTENT;
    if (failed && served && dataStates[host.side] == DataState.UP_TO_DATE) {
      oracle.failed(host.side, scheduler.nowNs());
    }
    if (role != roles[host.side] && state.reason().startsWith(SECONDARY_FAILED)) {
      oracle.copyFailed(host.side, scheduler.nowNs());
    }
    if (role != roles[host.side]) {
      scheduler.tell(
          host.name
              + " "
              + roles[host.side]
              + " -> "
              + role
              + ", "
              + state.dataState()
              + ": "
              + state.reason());
      statistics.step(roles[host.side], role);
      // a peer that serves has taken over meanwhile, and this node does not know it yet
      boolean returned = role == Role.PRIMARY && !roles[1 - host.side].serves();
      roles[host.side] = role;
      if (returned) {
        judged(() -> oracle.isProtected(host.side, scheduler.nowNs()));
      }
    }
    boolean whole = role == Role.SECONDARY && state.dataState() == DataState.UP_TO_DATE;
    // a return that ends is the peer's copy, even if the peer died at that moment
    boolean fetched = whole && dataStates[host.side] == DataState.INCONSISTENT;
    if (fetched || whole && !follows[host.side] && roles[1 - host.side].serves()) {
      judged(() -> oracle.follows(host.side));
    }
    follows[host.side] = whole;
    dataStates[host.side] = state.dataState();
  }

  /**
   * The losing side is about to record that it yields. Whatever comes of that, the record may be
   * found when the node starts again.
   */
  private void noteDecidedSplit(SimHost host) {
    if (plan.extras().policy() != SplitPolicy.MANUAL) {
      oracle.decided(1 - host.side);
      statistics.count("splits decided by policy");
    }
  }

  /** What only the losing side has is said to be in quarantine. */
  private void noteQuarantine(SimHost host) {
    judged(
        () -> {
          int versions =
              quarantines.quarantined(host, oracle.copy(host.side), oracle.copy(1 - host.side));
          statistics.count("quarantines");
          scheduler.tell(host.name + " has " + versions + " versions in quarantine");
        });
  }

  private void noteDropped(SimHost host) {
    Branch was = oracle.copy(host.side);
    oracle.dropped(host.side);
    if (oracle.copy(host.side) != was) {
      statistics.count("unused branches given up");
      scheduler.tell(host.name + " gives up " + was + ", in which nothing was done");
    }
  }

  private static boolean drops(RoleEffect effect) {
    return effect instanceof RoleEffect.Persist persist
        && persist.change() instanceof Change.DropBranch;
  }

  private static boolean yields(RoleEffect effect) {
    return effect instanceof RoleEffect.Persist persist
        && persist.change() instanceof Change.YieldTo;
  }

  private void noteSplit(SimHost host, RoleState state) {
    if (state.split() != null && !split[host.side]) {
      scheduler.tell(host.name + " says SPLIT: " + state.split());
      if (!split[1 - host.side]) {
        statistics.count("splits");
        refuseSplitOfWhole(state.split());
      }
      judged(oracle::split);
      supervision.mayBeTwo();
    }
    split[host.side] = state.split() != null;
  }

  /**
   * The host falls silent. If the other one stands still, or has only just gone on, that one cannot
   * hear that this one has taken over.
   */
  private void fallsSilent(SimHost host) {
    if (group != null) {
      group.silent(host);
    }
    SimHost other = peer(host);
    boolean justBack = other.wentOnNs >= 0 && scheduler.nowNs() - other.wentOnNs < HEARD_WITHIN_NS;
    if (other.frozen || justBack) {
      maySplit();
    }
  }

  private void refuseSplitOfWhole(String what) {
    if (!maySplit) {
      judged(
          () -> {
            throw new Oracle.Violation(
                "G4", "a split, although the network was whole and nobody forced a copy: " + what);
          });
    }
  }

  /** An agent ended by itself. */
  void agentEnded(SimHost host, Agent agent) {
    scheduler.after(
        1,
        () -> {
          if (host.agent == agent && !agent.process().dead()) {
            killAgent(host);
            startLater(host, host.exitsForNs > 0 ? host.exitsForNs : 5 * SECOND);
            host.exitsForNs = 0;
          }
        });
  }

  /** The agent is asked to end in good order; one that does not is killed. */
  void exit(SimHost host, long forNs) {
    Agent agent = host.agent;
    if (!host.agentAlive() || agent.module() == null) {
      return;
    }
    host.exitsForNs = forNs;
    statistics.count("exits");
    leave(host);
    scheduler.after(EXIT_WITHIN_NS, () -> agentEnded(host, agent));
  }

  // ---- lives and deaths; events

  private void startAgent(SimHost host, boolean first) {
    host.starting = false;
    host.exitsForNs = 0;
    if (!host.up || host.agentAlive()) {
      return;
    }
    if (host.frozen) {
      host.startMissed = true;
      return;
    }
    host.agent = new Agent(this, host, ++lives, first);
    host.goodbye = new byte[0];
    scheduler.tell(host.agent.process() + " starts");
    host.agent.start();
  }

  void startLater(SimHost host, long inNs) {
    if (!host.starting) {
      host.starting = true;
      scheduler.after(inNs, () -> startAgent(host, false));
    }
  }

  void killAgent(SimHost host) {
    if (!host.agentAlive()) {
      return;
    }
    scheduler.tell(host.agent.process() + " dies");
    fallsSilent(host);
    roles[host.side] = Role.STOPPED;
    split[host.side] = false;
    follows[host.side] = false;
    dataStates[host.side] = null;
    scheduler.kill(host.agent.process());
    heartbeats.forEach(path -> path.listen(host.side, null));
    network.processDied(host.side, host.up);
    host.agentDied();
    Agent dead = host.agent;
    if (host.up) {
      scheduler.after(1 + chance.nextLong(SECOND), () -> guardian(host, dead));
    }
  }

  /** The guardian's order: address, application, mount, goodbye. */
  private void guardian(SimHost host, Agent dead) {
    if (!host.up || host.agent != dead) {
      return;
    }
    host.addressUntilNs = Long.MIN_VALUE;
    if (host.application != null) {
      scheduler.kill(host.application);
      host.application = null;
    }
    host.front = null;
    if (group != null) {
      group.cleanUp(host);
    }
    if (host.goodbye.length > 0) {
      byte[] goodbye = host.goodbye;
      boolean peerUp = peer(host).up;
      heartbeats.forEach(path -> path.send(host.side, goodbye, peerUp));
    }
  }

  void cutPower(SimHost host, long forNs) {
    if (!host.up) {
      return;
    }
    scheduler.tell(host.name + " loses power");
    oracle.powerCut(host.side, scheduler.nowNs());
    host.up = false;
    host.frozen = false;
    host.startMissed = false;
    if (host.application != null) {
      scheduler.kill(host.application);
    }
    if (group != null) {
      group.killApplication(host);
    }
    killAgent(host);
    host.powerLost();
    scheduler.after(
        forNs,
        () -> {
          scheduler.tell(host.name + " boots");
          host.boots();
          network.hostBack(host.side);
          startLater(host, 1 + chance.nextLong(5 * SECOND));
        });
  }

  void freeze(SimHost host, long forNs) {
    if (!host.up || host.frozen) {
      return;
    }
    scheduler.tell(host.name + " stands still");
    fallsSilent(host);
    host.frozen = true;
    if (host.agent != null) {
      scheduler.freeze(host.agent.process());
    }
    if (host.application != null) {
      scheduler.freeze(host.application);
    }
    if (group != null) {
      group.freeze(host);
    }
    network.changed();
    scheduler.after(forNs, () -> thaw(host));
  }

  /** For as long: what is sent to the host by datagram is lost, as by a machine that is paused. */
  void deafen(SimHost host, long forNs) {
    heartbeats.forEach(path -> path.deaf(host.side, true));
    scheduler.after(forNs, () -> hears(host));
  }

  void hears(SimHost host) {
    heartbeats.forEach(path -> path.deaf(host.side, false));
  }

  /** From now on the nodes may have been apart, or one was forced: they can split. */
  void maySplit() {
    maySplit = true;
  }

  private void thaw(SimHost host) {
    if (!host.frozen) {
      return;
    }
    scheduler.tell(host.name + " goes on");
    host.frozen = false;
    host.wentOnNs = scheduler.nowNs();
    if (host.agent != null) {
      scheduler.thaw(host.agent.process());
    }
    if (host.startMissed) {
      host.startMissed = false;
      startAgent(host, false);
    }
    if (host.application != null) {
      scheduler.thaw(host.application);
    }
    if (group != null) {
      group.thaw(host);
    }
    network.changed();
  }

  /** On a thread of its own, as an operator does: the agent may not answer. */
  void operate(SimHost host, Consumer<Agent> action) {
    Agent agent = host.agent;
    execution
        .task(
            "operator",
            () -> {
              if (agent != null && agent.module() != null && !agent.process().dead()) {
                action.accept(agent);
              }
            })
        .start();
  }

  @Override
  public void post(SimHost host, RoleInput input) {
    ordered(host, input);
    operate(host, agent -> agent.module().post(input));
  }

  private void ordered(SimHost host, RoleInput input) {
    supervision.operated();
    scheduler.tell("an operator at " + host.name + ": " + input);
  }

  private void leave(SimHost host) {
    ordered(host, new RoleInput.Shutdown());
    operate(host, Agent::shutDown);
  }

  @Override
  public RoleState state(SimHost host) {
    return host.agentAlive() ? host.agent.state() : null;
  }

  @Override
  public void keeps(int side) {
    oracle.decided(side);
  }

  @Override
  public void forces(int side) {
    forcedNs[side] = scheduler.nowNs();
    oracle.forced(side);
    maySplit();
    supervision.mayBeTwo();
    oracle.decided(side);
  }

  /** Whether that host's copy was just ordered to serve: nobody starts its agent anew then. */
  boolean justForced(SimHost host) {
    return scheduler.nowNs() - forcedNs[host.side] < SECOND;
  }

  // ---- the story

  private void play() {
    startAgent(hosts[0], true);
    startAgent(hosts[1], false);
    long beganNs = scheduler.nowNs();
    while (!paired() && scheduler.nowNs() - beganNs < FIRST_SYNC_NS) {
      scheduler.pause(SECOND);
    }
    if (!paired()) {
      late("the pair was never in sync", FIRST_SYNC_NS);
      return;
    }
    scheduler.tell("the pair is in sync; now things go wrong");
    long startNs = scheduler.nowNs();
    Faults faults = new Faults(this, statistics, chance.split());
    for (Plan.Burst burst : plan.bursts()) {
      scheduler.at(startNs + burst.atNs(), () -> burst(burst.operations()));
    }
    for (Fault fault : plan.faults()) {
      scheduler.pause(Math.max(1, startNs + fault.atNs() - scheduler.nowNs()));
      if (scheduler.failed()) {
        return;
      }
      if (fault.in() == null) {
        happens(faults, fault);
      } else {
        aim(faults, fault);
      }
    }
    scheduler.pause(Math.max(1, startNs + plan.lastsNs() - scheduler.nowNs()));
    mend(faults);
  }

  private void happens(Faults faults, Fault fault) {
    if (trace().keeps()) {
      scheduler.tell("FAULT " + fault);
    }
    statistics.fault(fault, roleName(0), roleName(1));
    faults.perform(fault);
  }

  /** From now on the fault waits for its host to be in the role. */
  private void aim(Faults faults, Fault fault) {
    aimed.put(fault, () -> happens(faults, fault));
    meet(hosts[fault.side()], roles[fault.side()]);
  }

  /** The host is in that role: what waited for it comes, in a moment, if it still is. */
  private void meet(SimHost host, Role role) {
    for (Fault fault : List.copyOf(aimed.keySet())) {
      if (!mended && fault.side() == host.side && fault.in() == role && host.agentAlive()) {
        Runnable happens = aimed.remove(fault);
        Agent agent = host.agent;
        scheduler.after(
            1 + fault.detail() % 1_000 * 1_000L,
            () -> {
              boolean still = host.agent == agent && host.agentAlive() && agent.role() == role;
              if (still && !mended) {
                happens.run();
              } else {
                aimed.put(fault, happens);
              }
            });
      }
    }
  }

  private String roleName(int side) {
    return hosts[side].agentAlive() ? hosts[side].agent.role().name() : Coverage.DOWN;
  }

  private void burst(int count) {
    for (List<Inbox<Boolean>> side : turns) {
      for (Inbox<Boolean> lane : side) {
        for (int i = 0; i < count; i++) {
          lane.add(true);
        }
      }
    }
  }

  private boolean paired() {
    for (int side = 0; side < 2; side++) {
      SimHost one = hosts[side];
      SimHost other = hosts[1 - side];
      if (one.agentAlive()
          && other.agentAlive()
          && one.agent.role() == Role.PRIMARY
          && one.agent.state().applicationUp()
          && other.agent.role() == Role.SECONDARY
          && other.agent.state().dataState() == DataState.UP_TO_DATE) {
        return group == null || group.servedBy(side);
      }
    }
    return false;
  }

  private void late(String what, long boundNs) {
    judged(
        () -> {
          throw new Oracle.Violation(
              "G5",
              what
                  + " within "
                  + boundNs / SECOND
                  + " s:\n  "
                  + describe(0)
                  + "\n  "
                  + describe(1)
                  + (group == null ? "" : group.describe(0) + group.describe(1))
                  + scheduler.stacks());
        });
  }

  private String describe(int side) {
    SimHost host = hosts[side];
    RoleState state = host.agentAlive() ? host.agent.state() : null;
    return host.name
        + (host.up ? "" : " is down")
        + (state == null
            ? ": no agent"
            : ": "
                + state.role()
                + ", "
                + state.dataState()
                + ", "
                + state.reason()
                + (state.split() == null ? "" : ", SPLIT " + state.split())
                + (state.inFlight() == null ? "" : ", in flight " + state.inFlight())
                + (state.rest().isEmpty() ? "" : ", then " + state.rest())
                + (state.reintegrating() ? ", reintegrating" : "")
                + (state.lookAgain() ? ", looks again" : ""));
  }

  /** Everything is whole again, and an operator does what an operator would. */
  private void mend(Faults faults) {
    scheduler.tell("everything is mended");
    mended = true;
    faults.mend();
    for (SimHost host : hosts) {
      thaw(host);
      if (group != null) {
        group.mend(host);
      }
    }
    long beganNs = scheduler.nowNs();
    Operator operator = new Operator(this, this, chance.split());
    while (scheduler.nowNs() - beganNs < MENDED_WITHIN_NS && !scheduler.failed()) {
      scheduler.pause(10 * SECOND);
      if (paired()) {
        burst(1);
        scheduler.pause(5 * SECOND);
        if (paired() && (group == null || group.stays())) {
          compare();
          return;
        }
      }
      operator.look(scheduler.nowNs() - beganNs);
      if (group != null) {
        group.tend(scheduler.nowNs() - beganNs);
      }
    }
    late("the pair did not come back", MENDED_WITHIN_NS);
  }

  private void compare() {
    long beganNs = scheduler.nowNs();
    List<String> differences = List.of();
    while (scheduler.nowNs() - beganNs < EQUAL_WITHIN_NS && !scheduler.failed()) {
      differences = differences();
      if (group != null) {
        differences = new ArrayList<>(differences);
        differences.addAll(group.differences());
      }
      if (differences.isEmpty() && paired()) {
        judged(() -> oracle.atTheEnd(hosts[0]));
        judged(() -> oracle.atTheEnd(hosts[1]));
        judged(() -> quarantines.judge(hosts[0]));
        judged(() -> quarantines.judge(hosts[1]));
        scheduler.tell("both trees are equal and as the application left them");
        return;
      }
      scheduler.pause(2 * SECOND);
    }
    List<String> still = differences;
    judged(
        () -> {
          throw new Oracle.Violation("G6", "the trees differ:\n  " + String.join("\n  ", still));
        });
  }

  private List<String> differences() {
    hosts[0].looking = true;
    hosts[1].looking = true;
    try {
      return TreeDigest.of(hosts[0].store).differences(TreeDigest.of(hosts[1].store));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      hosts[0].looking = false;
      hosts[1].looking = false;
    }
  }

  SimHost host(int side) {
    return hosts[side];
  }

  Scheduler scheduler() {
    return scheduler;
  }

  boolean mended() {
    return mended;
  }
}

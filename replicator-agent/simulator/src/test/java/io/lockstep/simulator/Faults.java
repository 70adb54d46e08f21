package io.lockstep.simulator;

import io.lockstep.failover.application.Checker;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.network.Datagrams;
import io.lockstep.replicator.testkit.sim.network.Wires;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Lets faults happen to a world, and ends them. */
final class Faults {
  private static final String WHO = "the simulator";

  /** So much longer than other faults those last that are seen only after several looks. */
  private static final int LOOKS_TAKE = 3;

  private final World world;
  private final Scheduler scheduler;
  private final SplittableRandom random;

  Faults(World world, Statistics statistics, SplittableRandom random) {
    this.world = world;
    this.scheduler = world.scheduler();
    this.random = random;
  }

  void perform(Fault fault) {
    SimHost host = world.host(fault.side());
    if (fault.kind().parts()) {
      world.supervision().apart(fault.forNs());
    }
    switch (fault.kind()) {
      case AGENT_KILLED -> {
        world.killAgent(host);
        world.startLater(host, fault.forNs());
      }
      case POWER_CUT -> world.cutPower(host, fault.forNs());
      case BOTH_LOSE_POWER -> {
        world.cutPower(host, fault.forNs());
        world.cutPower(world.peer(host), 1 + fault.forNs() * fault.detail() / 500_000);
      }
      case FROZEN -> {
        world.freeze(host, fault.forNs());
        if (fault.detail() % 2 == 0) {
          // a machine that is paused, and not only its processes
          world.deafen(host, fault.forNs());
        }
      }
      case CLOCK_JUMP -> host.clock.jump((fault.detail() - 500_000L) * 10_000_000L);
      case BIT_ROT -> rot(host, fault);
      case TREE_FULL, DISK_FULL, TREE_SYNC_FAILS, DISK_FORCE_FAILS -> disks(host, fault);
      case LINK_CUT, LINK_CUT_ONE_WAY, HEARTBEATS_CUT, PARTITION, PARTITION_ONE_WAY, BAD_NETWORK ->
          network(fault);
      case SWITCHOVER, STOP, PAUSE, FORCE, RESYNC -> operator(host, fault);
      case APPLICATION_CRASHES,
          APPLICATION_FAILS_CHECKS,
          APPLICATION_HANGS,
          APPLICATION_DOES_NOT_START,
          APPLICATION_STARTS_NOWHERE ->
          application(host, fault);
      case ARBITER_DOWN, ARBITER_CUT, ARBITER_LOSES -> {
        world.arbiter().perform(fault);
        if (world.group() != null) {
          world.group().arbiter().perform(fault);
        }
      }
      case APPLY, START, SWITCHOVER_NOW, KEEP -> order(host, fault.kind());
      case SECOND_TREE_FULL, SECOND_SYNC_FAILS, GROUP_MOVES -> world.group().perform(host, fault);
      case CHECKER_FAILS, CHECKER_HANGS -> checker(host, fault);
      case CHECKER_FAILS_ON_BOTH -> {
        checker(host, fault);
        checker(world.peer(host), fault);
      }
      case DRILL ->
          world.operate(
              host,
              agent -> {
                String refusal = agent.module().drill().order(WHO);
                scheduler.tell("a drill on " + host.name + ": " + refusal);
              });
      case AGENT_EXITS -> world.exit(host, fault.forNs());
    }
  }

  // ---- network

  private List<Wires> heartbeatWires() {
    return world.heartbeats().stream().map(Datagrams::wires).toList();
  }

  private List<Wires> wires(Fault.Kind kind) {
    List<Wires> wires = new ArrayList<>();
    if (kind != Fault.Kind.HEARTBEATS_CUT) {
      wires.add(world.network().wires());
    }
    if (kind != Fault.Kind.LINK_CUT && kind != Fault.Kind.LINK_CUT_ONE_WAY) {
      wires.addAll(heartbeatWires());
    }
    return wires;
  }

  private void network(Fault fault) {
    world.maySplit();
    List<Wires> wires = wires(fault.kind());
    if (fault.kind() == Fault.Kind.BAD_NETWORK) {
      int spoil = random.nextInt(3) == 0 ? 1 + random.nextInt(3_000) : 0;
      Wires.Quality bad =
          new Wires.Quality(
              1 + random.nextLong(5_000_000),
              1 + random.nextLong(1 + random.nextLong(2_000_000_000L)),
              random.nextInt(700),
              random.nextInt(300),
              spoil);
      wires.forEach(w -> w.quality(bad));
      scheduler.after(fault.forNs(), () -> wires.forEach(w -> w.quality(world.plan().quality())));
      return;
    }
    boolean oneWay =
        fault.kind() == Fault.Kind.LINK_CUT_ONE_WAY || fault.kind() == Fault.Kind.PARTITION_ONE_WAY;
    wires.forEach(w -> cut(w, fault.side(), oneWay, true));
    scheduler.after(fault.forNs(), () -> wires.forEach(w -> cut(w, fault.side(), oneWay, false)));
  }

  private static void cut(Wires wires, int from, boolean oneWay, boolean isCut) {
    wires.cut(from, isCut);
    if (!oneWay) {
      wires.cut(1 - from, isCut);
    }
  }

  // ---- disks

  private void disks(SimHost host, Fault fault) {
    switch (fault.kind()) {
      case TREE_FULL -> {
        world.oracle().treeFull(host.side);
        host.store.fullAfter(fault.detail() % 20_000);
        scheduler.after(fault.forNs(), host.store::roomAgain);
      }
      case DISK_FULL -> {
        host.disk.fullAfter(fault.detail() % 100_000);
        scheduler.after(fault.forNs(), host.disk::roomAgain);
      }
      case TREE_SYNC_FAILS -> host.store.failSyncs(1 + fault.detail() % 2);
      default -> host.disk.failForces(1 + fault.detail() % 2);
    }
  }

  /** Turns over a bit in the journal while nobody has it open. */
  private void rot(SimHost host, Fault fault) {
    world.killAgent(host);
    try {
      List<Path> files = new ArrayList<>();
      collect(host, Path.of("/var/lib/lockstep/desk/journal"), files);
      if (!files.isEmpty()) {
        Path file = files.get(random.nextInt(files.size()));
        for (int i = 0; i < 20; i++) {
          long at = random.nextLong(8_000);
          if (host.disk.flipBit(file, at, random.nextInt(8))) {
            world.oracle().rotten(host.side, scheduler.nowNs());
            world.substitution().rotten(host, file, at);
            break;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    world.startLater(host, fault.forNs());
  }

  private static void collect(SimHost host, Path directory, List<Path> into) throws IOException {
    if (!host.disk.exists(directory)) {
      return;
    }
    for (Path path : host.disk.list(directory)) {
      if (host.disk.isDirectory(path)) {
        collect(host, path, into);
      } else if (path.toString().endsWith(".cq4")) {
        into.add(path);
      }
    }
  }

  // ---- the application

  private void application(SimHost host, Fault fault) {
    long untilNs = scheduler.nowNs() + fault.forNs();
    SimHost runs = host.application == null ? world.peer(host) : host;
    switch (fault.kind()) {
      case APPLICATION_CRASHES -> world.killApplication(runs);
      case APPLICATION_FAILS_CHECKS, APPLICATION_HANGS -> {
        SimHost ill = fault.detail() % 2 == 0 ? runs : host;
        ill.wellFromNs = untilNs;
        ill.hangs = fault.kind() == Fault.Kind.APPLICATION_HANGS;
      }
      case APPLICATION_DOES_NOT_START -> {
        runs.startsFromNs = untilNs;
        world.killApplication(runs);
      }
      default -> {
        host.startsFromNs = untilNs;
        world.peer(host).startsFromNs = untilNs;
        world.killApplication(runs);
      }
    }
  }

  private void checker(SimHost host, Fault fault) {
    List<Checker> checkers = world.plan().extras().supervision().checkers();
    Checker checker = checkers.get(fault.detail() % checkers.size());
    long nowNs = scheduler.nowNs();
    boolean hangs = fault.kind() == Fault.Kind.CHECKER_HANGS;
    host.checked.fail(checker.name(), nowNs, nowNs + LOOKS_TAKE * fault.forNs(), hangs);
  }

  // ---- operators

  private void operator(SimHost host, Fault fault) {
    switch (fault.kind()) {
      case SWITCHOVER -> {
        if (host.agentAlive() && host.agent.role() == Role.PRIMARY) {
          world.post(host, new RoleInput.Switchover("", WHO));
        }
      }
      case STOP -> {
        world.post(host, new RoleInput.Stop(WHO));
        scheduler.after(fault.forNs(), () -> world.post(host, new RoleInput.Start(false, WHO)));
      }
      case PAUSE -> {
        world.post(host, new RoleInput.PauseDecisions(WHO));
        scheduler.after(fault.forNs(), () -> world.post(host, new RoleInput.ResumeDecisions(WHO)));
      }
      case FORCE -> force(host);
      default -> world.post(host, new RoleInput.Resync(WHO));
    }
  }

  /** What an operator may order at any time, sensible or not. */
  private void order(SimHost host, Fault.Kind kind) {
    RoleState state = host.agentAlive() ? host.agent.state() : null;
    if (state == null) {
      return;
    }
    switch (kind) {
      case APPLY -> world.post(host, new RoleInput.Settings(state.settings()));
      case START -> world.post(host, new RoleInput.Start(false, WHO));
      case SWITCHOVER_NOW -> world.post(host, new RoleInput.Switchover("", WHO));
      default -> {
        if (state.split() != null) {
          world.oracle().decided(host.side);
        }
        world.post(host, new RoleInput.SplitKeep(host.name, WHO));
      }
    }
  }

  private void force(SimHost host) {
    if (host.agentAlive() && host.agent.state() != null && !host.agent.role().serves()) {
      world.oracle().forced(host.side);
      world.maySplit();
      world.supervision().mayBeTwo();
      world.post(host, new RoleInput.Start(true, WHO));
    }
  }

  /** Ends whatever still goes on. */
  void mend() {
    if (world.arbiter() != null) {
      world.arbiter().mend();
    }
    List<Wires> all = new ArrayList<>(heartbeatWires());
    all.add(world.network().wires());
    for (Wires wires : all) {
      wires.quality(world.plan().quality());
      wires.cut(0, false);
      wires.cut(1, false);
    }
    for (int side = 0; side < 2; side++) {
      SimHost host = world.host(side);
      host.store.roomAgain();
      host.disk.roomAgain();
      world.hears(host);
      host.store.failSyncs(0);
      host.disk.failForces(0);
      host.startsFromNs = 0;
      host.wellFromNs = 0;
      host.checked.mend();
      world.post(host, new RoleInput.ResumeDecisions(WHO));
      if (host.up && !host.agentAlive()) {
        world.startLater(host, 1);
      }
    }
  }
}

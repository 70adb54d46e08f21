package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimProcess;
import io.lockstep.simulator.Front.Outcome;
import java.io.IOException;

/**
 * The protected application on one host: threads that each work in a directory of their own, one
 * operation after another, and tell the {@link Oracle} what they were told. A thread that gets an
 * answer it cannot make sense of stops, as a careful program would; the next start reads what is
 * there.
 */
final class ModelApplication implements ApplicationControl {
  private static final long STOP_NS = 50_000_000;
  private static final long LOOK_NS = 100_000_000;

  private final World world;
  private final SimHost host;
  private final boolean supervised;
  private SimProcess process;
  private boolean stopping;
  private int working;

  /** {@code supervised}: it may be started again over what its last life left under way. */
  ModelApplication(World world, SimHost host, boolean supervised) {
    this.world = world;
    this.host = host;
    this.supervised = supervised;
  }

  @Override
  public void start() throws IOException {
    host.scheduler.yieldPoint();
    Front front = host.front;
    if (front == null || !front.alive()) {
      throw new IOException("the directory is not mounted");
    }
    world.applicationStarts(host);
    stopping = false;
    process = new SimProcess("application-" + host.name, host.clock);
    host.application = process;
    Branch branch = world.oracle().copy(host.side);
    SimExecution execution = new SimExecution(host.scheduler, process);
    for (int lane = 0; lane < world.lanes(); lane++) {
      int number = lane;
      working++;
      SimProcess mine = process;
      execution.task("lane" + lane, () -> work(front, branch, number, mine)).start();
    }
  }

  private void work(Front front, Branch branch, int number, SimProcess mine) {
    try {
      Lane lane = new Lane(number);
      if (supervised) {
        findOut(front, branch, number);
      }
      if (front.call(number, lane::prepare).result() == Front.Result.DONE) {
        while (!stopping && world.awaitTurn(host, number)) {
          if (stopping || !operation(front, branch, number, lane)) {
            return;
          }
        }
      }
    } finally {
      if (mine == process) {
        working--;
      }
    }
  }

  /**
   * What the last life was not told of is done or not, and no more under way: an application that
   * starts looks at its files.
   */
  private void findOut(Front front, Branch branch, int number) {
    while (front.alive() && front.waiting(number) > 0) {
      host.scheduler.pause(LOOK_NS);
    }
    if (front.alive()) {
      world.startedOver(host, branch, number);
    }
  }

  private boolean operation(Front front, Branch branch, int number, Lane lane) {
    LaneModel now = branch.lanes.get(number).last();
    Op op = now.next(world.workload(), world.nextOperation());
    Branch.Entry entry = world.oracle().issued(branch, number, op, host.scheduler.nowNs());
    boolean before = world.isProtected(host);
    Outcome outcome = front.call(number, volume -> lane.perform(volume, op));
    switch (outcome.result()) {
      case DONE -> {
        world.acked(host, branch, number, entry, before && world.isProtected(host));
        return true;
      }
      case REFUSED -> {
        return world.refused(host, branch, number, entry, outcome.refusal());
      }
      default -> {
        world.unanswered(host, number, entry);
        return false;
      }
    }
  }

  @Override
  public void stop(boolean kill) throws IOException, InterruptedException {
    host.scheduler.yieldPoint();
    stopping = true;
    if (process == null) {
      return;
    }
    if (!kill) {
      for (int i = 0; i < 40 && working > 0; i++) {
        world.wakeLanes();
        host.scheduler.pause(STOP_NS);
      }
    }
    host.scheduler.kill(process);
    if (host.application == process) {
      host.application = null;
    }
    process = null;
    working = 0;
  }

  @Override
  public void reconfigure() {}

  @Override
  public void hold(boolean on) {}

  @Override
  public String state() {
    return process == null ? "STOPPED" : "RUNNING";
  }

  @Override
  public String text() {
    return "";
  }
}

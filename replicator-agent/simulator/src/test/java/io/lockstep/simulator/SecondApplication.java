package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimProcess;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * The application of the second module of a group on one host: one thread that does an operation
 * now and then, so that there is something to replicate and to return. What it is told is not
 * judged: the other module's is.
 */
final class SecondApplication implements ApplicationControl {
  private static final long STARTS_WITHIN_NS = 8 * Plan.SECOND;
  private static final long STOP_NS = 50_000_000;
  private static final int MOST_WAITS = 40;

  private final World world;
  private final SimHost host;
  private final SplittableRandom random;
  private SimProcess process;
  private boolean stopping;
  private boolean working;

  SecondApplication(World world, SimHost host, SplittableRandom random) {
    this.world = world;
    this.host = host;
    this.random = random;
  }

  @Override
  public void start() throws IOException {
    host.scheduler.pause(1 + random.nextLong(STARTS_WITHIN_NS));
    Front front = host.second.front;
    if (front == null || !front.alive()) {
      throw new IOException("the directory is not mounted");
    }
    stopping = false;
    process = new SimProcess("second-" + host.name, host.clock);
    host.second.application = process;
    new SimExecution(host.scheduler, process).task("works", () -> work(front)).start();
  }

  private void work(Front front) {
    LaneModel model = TreeReader.lanes(host, host.second.store, 1).get(0);
    Lane lane = new Lane(0);
    boolean goesOn = performs(front, lane::prepare);
    while (goesOn && !stopping) {
      host.scheduler.pause((5 + random.nextLong(40)) * Plan.SECOND);
      Op op = model.next(random, world.nextOperation());
      goesOn = !stopping && performs(front, volume -> lane.perform(volume, op));
      model.apply(op);
    }
  }

  private boolean performs(Front front, Front.Request request) {
    working = true;
    try {
      return front.call(0, request).result() == Front.Result.DONE;
    } finally {
      working = false;
    }
  }

  @Override
  public void stop(boolean kill) throws IOException, InterruptedException {
    host.scheduler.yieldPoint();
    stopping = true;
    for (int i = 0; !kill && i < MOST_WAITS && working; i++) {
      host.scheduler.pause(STOP_NS);
    }
    if (process != null) {
      host.scheduler.kill(process);
      if (host.second.application == process) {
        host.second.application = null;
      }
      process = null;
    }
  }

  @Override
  public void reconfigure() {}

  @Override
  public void hold(boolean on) {}

  @Override
  public boolean well() {
    return process != null && !process.dead();
  }

  @Override
  public String state() {
    return well() ? "RUNNING" : "STOPPED";
  }

  @Override
  public String text() {
    return "";
  }
}

package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.failover.application.Application;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.Checker;
import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.application.Probe;
import io.lockstep.failover.application.SupervisionState;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The model application under production's own supervision: what it stands on, the commands and the
 * process group, is the simulated host's.
 */
final class SupervisedApplication implements ApplicationControl {
  private static final Duration START = Duration.ofSeconds(20);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final Duration CHECK = Duration.ofSeconds(4);
  private static final Duration EVERY = Duration.ofSeconds(15);
  private static final Duration WITHIN = Duration.ofMinutes(5);

  /** So much later than its timeout a look that hangs returns. */
  private static final long LATE_NS = 3 * Plan.SECOND;

  private final World world;
  private final SimHost host;
  private final ModelApplication model;
  private final Application application;
  private final CheckerOracle oracle;
  private final List<Checker> checkers;

  SupervisedApplication(World world, SimHost host, SimExecution execution, Failed failed) {
    this.world = world;
    this.host = host;
    this.model = new ModelApplication(world, host, true);
    ApplicationSpec spec = spec(world.plan().extras().supervision());
    this.oracle = new CheckerOracle(world, host, spec);
    this.checkers = spec.checkers();
    this.application =
        new Application(
            world.substitution().specification(spec),
            new Group(),
            execution,
            current -> new Commands(),
            this::probe,
            new Told(failed));
  }

  /** What the supervision tells the module, and the oracle. */
  private final class Told implements Application.Listener {
    private final Failed module;

    private Told(Failed module) {
      this.module = module;
    }

    @Override
    public void failed(String reason, boolean switchOver) {
      world.count("application given up");
      world.judged(() -> oracle.gaveUp(reason));
      world.judged(() -> world.supervision().down(host));
      module.failed(reason, switchOver);
    }

    @Override
    public void prefersPeer(String reason) {
      world.judged(() -> oracle.acts(Checker.Action.SWITCHOVER, reason));
      module.prefersPeer(reason);
    }

    @Override
    public void fitness(String unfit, boolean up) {
      if (!unfit.isEmpty()) {
        world.judged(() -> oracle.acts(Checker.Action.WAIT, unfit));
      }
      module.fitness(unfit, up);
    }

    @Override
    public void restarting(String reason) {
      world.count("application restarts");
      world.judged(() -> oracle.restarts(reason));
    }
  }

  private static ApplicationSpec spec(Plan.Supervision plan) {
    return new ApplicationSpec(
        "desk",
        new ApplicationSpec.Start("start", START),
        new ApplicationSpec.Stop("stop", STOP, true),
        plan.failures() == 0
            ? Optional.empty()
            : Optional.of(new ApplicationSpec.Check("check", EVERY, CHECK, plan.failures())),
        new ApplicationSpec.Restarts(
            plan.restarts(),
            WITHIN,
            plan.stops() ? ApplicationSpec.Then.STOP : ApplicationSpec.Then.SWITCHOVER),
        Map.of(),
        plan.checkers());
  }

  /** Looks at what the simulated host has. */
  private Optional<String> probe(Probe probe, Duration timeout) {
    String name =
        checkers.stream().filter(c -> c.probe().equals(probe)).findFirst().orElseThrow().name();
    boolean good = host.checked.badSinceNs(name, host.scheduler.nowNs()) == Long.MAX_VALUE;
    world.judged(() -> oracle.looked(name, good));
    boolean hangs = !good && host.checked.hangs(name);
    host.scheduler.pause(
        hangs
            ? timeout.toNanos() + LATE_NS
            : 1 + world.applicationChance().nextLong(Plan.SECOND / 4));
    return good ? Optional.empty() : Optional.of("not good");
  }

  @Override
  public void standBy() {
    if (checkers.stream().anyMatch(c -> c.action() == Checker.Action.WAIT)) {
      application.standBy();
    }
  }

  @Override
  public void start() throws IOException, InterruptedException {
    oracle.starts();
    application.start();
  }

  @Override
  public void stop(boolean kill) throws IOException, InterruptedException {
    application.stop(kill);
  }

  @Override
  public void reconfigure() {}

  @Override
  public void hold(boolean on) {
    application.hold(on);
  }

  @Override
  public boolean well() {
    return application.state().well();
  }

  @Override
  public String state() {
    return application.state().phase().name();
  }

  @Override
  public String text() {
    return application.state().reason();
  }

  /** Whether its end is only pretended. */
  private boolean leftRunning() {
    return !world.substitution().stopsWhatIsGivenUp()
        && application.state().phase() == SupervisionState.Phase.GIVING_UP;
  }

  /** The application's processes: one on the host. */
  private final class Group implements ProcessGroup {
    @Override
    public List<String> enclose(List<String> command) {
      throw new UnsupportedOperationException("the simulator has no commands to run");
    }

    @Override
    public boolean empty() {
      return leftRunning() || host.application == null || host.application.dead();
    }

    @Override
    public void kill() {
      if (!leftRunning()) {
        world.killApplication(host);
      }
    }

    @Override
    public String handle() {
      return "the application's processes";
    }
  }

  /** What the start, stop and check commands would do. */
  private final class Commands implements CommandRunner {
    private final Set<Kind> banned = EnumSet.noneOf(Kind.class);

    @Override
    public Result run(Kind kind, String line, Duration timeout)
        throws IOException, InterruptedException {
      long beganNs = host.scheduler.nowNs();
      if (banned.contains(kind)) {
        return failed(kind, beganNs, "cancelled");
      }
      SplittableRandom random = world.applicationChance();
      long nowNs = host.scheduler.nowNs();
      switch (kind) {
        case START -> {
          host.scheduler.pause(1 + random.nextLong(3 * Plan.SECOND));
          if (nowNs < host.startsFromNs) {
            return failed(kind, beganNs, "does not start");
          }
          if (banned.contains(kind)) {
            return failed(kind, beganNs, "cancelled");
          }
          model.start();
        }
        case READY -> throw new IllegalStateException("the simulated application has no steps");
        case STOP -> {
          if (!leftRunning()) {
            model.stop(false);
          }
        }
        case CHECK -> {
          boolean well = nowNs >= host.wellFromNs && host.application != null;
          if (!well && host.hangs) {
            host.scheduler.pause(timeout.toNanos());
            return new Result(kind, true, -1, timeout, List.of());
          }
          host.scheduler.pause(1 + random.nextLong(Plan.SECOND / 4));
          if (!well) {
            return failed(kind, beganNs, "not well");
          }
        }
      }
      return result(kind, beganNs, 0);
    }

    private Result failed(Kind kind, long beganNs, String why) {
      host.scheduler.tell(host.name + " application's " + kind + ": " + why);
      return result(kind, beganNs, 1);
    }

    private Result result(Kind kind, long beganNs, int code) {
      Duration took = Duration.ofNanos(host.scheduler.nowNs() - beganNs);
      return new Result(kind, false, code, took, List.of());
    }

    @Override
    public void cancel(Kind... kinds) {
      banned.addAll(List.of(kinds));
    }

    @Override
    public void allow() {
      banned.clear();
    }

    @Override
    public void limit(LogLimits limits) {}

    @Override
    public void close() {}
  }
}

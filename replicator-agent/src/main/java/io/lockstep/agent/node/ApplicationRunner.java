package io.lockstep.agent.node;

import io.lockstep.agent.checker.SystemProber;
import io.lockstep.agent.configuration.ApplicationConfiguration;
import io.lockstep.agent.configuration.CheckerConfiguration;
import io.lockstep.failover.application.Application;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.application.Unit;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A module's application as failover's supervision runs it; nothing at all for a module without
 * one.
 */
final class ApplicationRunner implements ApplicationControl {
  /** Makes runners that tell the guardian of their process groups. */
  record Factory(NodeGuard guard) implements ApplicationControl.Factory {
    @Override
    public ApplicationControl of(ModuleContext context, Failed failed) {
      return context.module().application().isEmpty()
          ? new Nothing()
          : new ApplicationRunner(context, guard, failed);
    }
  }

  private final ModuleContext context;
  private final NodeGuard guard;
  private final Failed failed;
  private Application application;
  private final UnitWatch watch;

  /** Units that the guardian ends with this process. */
  private final Set<Unit> guarded = new LinkedHashSet<>();

  private boolean held;

  private ApplicationRunner(ModuleContext context, NodeGuard guard, Failed failed) {
    this.context = context;
    this.guard = guard;
    this.failed = failed;
    this.watch = new UnitWatch(context.execution());
  }

  private synchronized Application application() throws IOException {
    if (application == null) {
      application =
          new Application(
              spec(),
              context.processGroups(),
              context.cluster().logs().directory().of(context.node()),
              limits(),
              new SystemProber(
                  context.name(),
                  context.processGroups(),
                  context.platform().addresses(),
                  context::addresses),
              listener());
      application.hold(held);
      guard.cgroup(application.groupHandle());
      guardUnits();
    }
    return application;
  }

  private void guardUnits() {
    guarded.addAll(units(context));
    guarded.forEach(unit -> guard.unit(unit.systemctl(), unit.name()));
  }

  /** What was configured once and does not run any more is nobody's here. */
  private synchronized void forgetUnits() {
    List<Unit> configured = units(context);
    guarded.stream()
        .filter(unit -> !configured.contains(unit))
        .forEach(unit -> guard.noUnit(unit.systemctl(), unit.name()));
    guarded.retainAll(configured);
  }

  private Application.Listener listener() {
    return new Application.Listener() {
      @Override
      public void failed(String reason, boolean switchOver) {
        failed.failed(reason, switchOver);
      }

      @Override
      public void prefersPeer(String reason) {
        failed.prefersPeer(reason);
      }

      @Override
      public void fitness(String unfit, boolean up) {
        failed.fitness(unfit, up);
      }
    };
  }

  private LogLimits limits() {
    return new LogLimits(context.cluster().logs().count(), context.cluster().logs().size());
  }

  private ApplicationSpec spec() {
    ApplicationConfiguration c = context.module().application().orElseThrow();
    return new ApplicationSpec(
        context.name(),
        c.allSteps().stream().map(step -> step(context, step)).toList(),
        c.check()
            .map(k -> new ApplicationSpec.Check(k.run(), k.every(), k.timeout(), k.failures())),
        new ApplicationSpec.Restarts(
            c.restarts().max(),
            c.restarts().within(),
            switch (c.restarts().then()) {
              case SWITCHOVER -> ApplicationSpec.Then.SWITCHOVER;
              case STOP -> ApplicationSpec.Then.STOP;
            }),
        environment(context, c),
        new CheckerSpecs(context).of(context.module().checkers()));
  }

  /** The units of systemd's that the application consists of on this node. */
  static List<Unit> units(ModuleContext context) {
    return context.module().application().stream()
        .flatMap(c -> c.units().stream().map(name -> unit(context, name)))
        .toList();
  }

  static Unit unit(ModuleContext context, String name) {
    Path systemctl =
        context.module().application().orElseThrow().systemctl().orElseThrow().of(context.node());
    return new Unit(systemctl.toString(), name, context.cluster().timing().systemctl());
  }

  static ApplicationSpec.Step step(ModuleContext context, ApplicationConfiguration.Step step) {
    Optional<ApplicationSpec.Ready> ready =
        step.ready().map(r -> new ApplicationSpec.Ready(r.run(), r.every()));
    if (step.unit().isPresent()) {
      return ApplicationSpec.Step.of(
          unit(context, step.unit().get()),
          step.name(),
          step.after(),
          step.start().timeout(),
          step.stop().timeout(),
          step.stop().thenKill(),
          ready);
    }
    return new ApplicationSpec.Step(
        step.name(),
        step.after(),
        new ApplicationSpec.Start(step.start().run(), step.start().timeout()),
        new ApplicationSpec.Stop(step.stop().run(), step.stop().timeout(), step.stop().thenKill()),
        ready);
  }

  /** What the commands find in theirs besides the agent's own. */
  static Map<String, String> environment(
      ModuleContext context, ApplicationConfiguration configured) {
    List<Path> directories = context.directories();
    Map<String, String> environment = new LinkedHashMap<>(configured.environment());
    environment.put("LOCKSTEP_MODULE", context.name());
    environment.put("LOCKSTEP_ROLE", "PRIMARY");
    environment.put("LOCKSTEP_NODE", context.node());
    environment.put("LOCKSTEP_DIRECTORY", directories.get(0).toString());
    environment.put(
        "LOCKSTEP_DIRECTORIES",
        directories.stream().map(Path::toString).collect(Collectors.joining(":")));
    List<VirtualAddress> addresses = context.addresses();
    environment.put(
        "LOCKSTEP_ADDRESS", addresses.isEmpty() ? "" : addresses.get(0).address().getHostAddress());
    return environment;
  }

  private void lookAtUnits() {
    watch.look(units(context), context.cluster().timing().unitsEvery());
  }

  @Override
  public void standBy() throws IOException {
    lookAtUnits();
    boolean waits =
        context.module().checkers().stream()
            .anyMatch(c -> c.then() == CheckerConfiguration.Then.WAIT);
    if (waits) {
      application().standBy();
    }
  }

  @Override
  public synchronized List<Application.CheckerStatus> checkers() {
    return application == null
        ? new CheckerSpecs(context).untouched(spec())
        : application.checkers();
  }

  @Override
  public synchronized void close() throws IOException {
    watch.close();
    if (application != null) {
      application.close();
    }
  }

  @Override
  public void start() throws IOException, InterruptedException {
    application().start();
  }

  @Override
  public void stop(boolean kill) throws IOException, InterruptedException {
    application().stop(kill);
    forgetUnits();
  }

  @Override
  public synchronized void reconfigure() throws IOException {
    lookAtUnits();
    if (application != null) {
      guardUnits();
      application.respecify(spec());
      application.limit(limits());
    } else {
      standBy();
    }
  }

  @Override
  public synchronized void hold(boolean on) {
    held = on;
    if (application != null) {
      application.hold(on);
    }
  }

  @Override
  public synchronized boolean well() {
    return application != null && application.state().well();
  }

  @Override
  public synchronized String state() {
    return application == null ? "STOPPED" : application.state().phase().name();
  }

  @Override
  public synchronized String text() {
    String told = application == null ? "" : application.told();
    String warning = watch.warning();
    return told.isEmpty() || warning.isEmpty() ? told + warning : told + "; " + warning;
  }

  /** A module that only replicates. */
  private static final class Nothing implements ApplicationControl {
    @Override
    public void start() {}

    @Override
    public void stop(boolean kill) {}

    @Override
    public void reconfigure() {}

    @Override
    public void hold(boolean on) {}

    @Override
    public String state() {
      return "NONE";
    }

    @Override
    public String text() {
      return "";
    }
  }
}

package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ApplicationConfiguration;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.agent.drill.Drill;
import io.lockstep.agent.drill.DrillInput.Situation;
import io.lockstep.agent.drill.DrillResult;
import io.lockstep.agent.drill.DrillResult.Outcome;
import io.lockstep.agent.drill.DrillSettings;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals;
import io.lockstep.replicator.port.Rehearsals.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a drill needs of the module that it is held of. Any thread. */
final class Rehearsing implements Drill.Module {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsing.class);

  /** What the application may write outside of the module's directories, in memory. */
  private static final long ELSEWHERE_BYTES = 256L << 20;

  private static final Duration USUAL_CHECK = Duration.ofSeconds(1);

  private final ModuleRuntime module;
  private final ModuleContext context;
  private final Guard guard;
  private volatile ProcessGroup group;

  /** Whether the drill under way was given a tree that is held. */
  private volatile boolean holding;

  private volatile Consumer<String> peer = line -> {};
  private volatile Drill.Runners runners = this::real;

  Rehearsing(ModuleRuntime module, Guard guard) {
    this.module = module;
    this.context = module.context();
    this.guard = guard;
  }

  /** Where what came of a drill is told. */
  void tell(Consumer<String> hearing) {
    peer = hearing;
  }

  /** What runs the commands of later drills. */
  void runners(Drill.Runners made) {
    runners = made;
  }

  private CommandRunner real(ApplicationSpec spec, ProcessGroup inside) {
    return CommandRunner.of(
        spec,
        inside,
        context.cluster().logs().directory().of(context.node()),
        new LogLimits(context.cluster().logs().count(), context.cluster().logs().size()));
  }

  /** Removes what a process that was killed left of its drill. */
  static void clearLeftovers(ModuleContext context) {
    try {
      context.platform().rehearsals().clear(work(context), group(context));
    } catch (IOException e) {
      LOG.warn("Module {}: a drill that broke off is not removed", context.name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Path work(ModuleContext context) {
    return context.stateDirectory().resolve("drill");
  }

  private static ProcessGroup group(ModuleContext context) throws IOException {
    return context.processGroups().group(context.name() + ".drill");
  }

  @Override
  public DrillSettings settings() {
    ModuleConfiguration configured = context.module();
    ModuleConfiguration.Drill drill = configured.drill();
    ClusterConfiguration.Journal journal = context.cluster().journal();
    Optional<ApplicationConfiguration.Check> check =
        configured.application().flatMap(ApplicationConfiguration::check);
    Duration every = check.map(ApplicationConfiguration.Check::every).orElse(USUAL_CHECK);
    return new DrillSettings(
        context.node(),
        configured.application().isPresent(),
        drill.every().toMillis(),
        drill.timeout().toNanos(),
        drill.space(),
        journal.maxLag() / 2,
        journal.reserve() + journal.segmentSize() + journal.maxLag(),
        every.toNanos(),
        every.toNanos() * check.map(ApplicationConfiguration.Check::failures).orElse(1));
  }

  @Override
  public String unfit() {
    String hindrance =
        context.module().application().map(ApplicationConfiguration::drillHindrance).orElse("");
    if (!hindrance.isEmpty()) {
      return hindrance;
    }
    RoleState state = module.state();
    if (state.role() != Role.SECONDARY) {
      return context.node() + " is " + state.role() + ", not SECONDARY";
    }
    if (state.dataState() != DataState.UP_TO_DATE) {
      return "the copy of " + context.node() + " is " + state.dataState() + ", not UP_TO_DATE";
    }
    if (!state.linkUp() || state.peer() == null) {
      return "there is no link to " + context.peer();
    }
    if (state.peer().role() != Role.PRIMARY) {
      return context.peer() + " is " + state.peer().role() + ", not PRIMARY";
    }
    return holding && !module.secondary().holds()
        ? "the stream began anew, and what is received goes to the files again"
        : "";
  }

  @Override
  public Situation situation(long usedBytes) {
    RoleState state = module.state();
    boolean paused = state.paused() || state.peer() != null && state.peer().paused();
    long freeBytes;
    try {
      freeBytes = context.host().disk().usableBytes(context.stateDirectory());
    } catch (IOException e) {
      freeBytes = 0;
    }
    return new Situation(
        unfit(), paused, module.secondary().progress().lagBytes(), freeBytes, usedBytes);
  }

  @Override
  public boolean drainAndHold(long timeoutMs) throws InterruptedException {
    boolean held = module.secondary().awaitApplied(timeoutMs) && module.secondary().hold();
    holding = held;
    return held;
  }

  @Override
  public void release() {
    holding = false;
    module.secondary().release();
  }

  @Override
  public Rehearsal open() throws IOException, InterruptedException {
    clear();
    ProcessGroup made = group(context);
    group = made;
    guard.processes(made.handle());
    return context
        .platform()
        .rehearsals()
        .open(
            new Rehearsals.Plan(
                context.directories(), context.addresses(), work(context), ELSEWHERE_BYTES),
            made);
  }

  @Override
  public void kill() throws IOException {
    ProcessGroup made = group;
    if (made != null) {
      made.kill();
    }
  }

  @Override
  public void clear() throws IOException, InterruptedException {
    context.platform().rehearsals().clear(work(context), group(context));
  }

  @Override
  public Drill.Application application(Rehearsal place) {
    ApplicationConfiguration c = context.module().application().orElseThrow();
    Map<String, String> environment =
        new LinkedHashMap<>(ApplicationRunner.environment(context, c));
    environment.put("LOCKSTEP_DRILL", "1");
    ApplicationSpec spec =
        new ApplicationSpec(
            context.name() + "-drill",
            c.allSteps().stream().map(step -> ApplicationRunner.step(context, step)).toList(),
            Optional.empty(),
            new ApplicationSpec.Restarts(0, c.longestStart(), ApplicationSpec.Then.STOP),
            environment,
            List.of());
    return new Drill.Application(
        runners.of(spec, place.inside()),
        spec.steps(),
        c.check().map(k -> new Drill.Command(k.run(), k.timeout())).orElse(null));
  }

  @Override
  public void ended(DrillResult result, String line) {
    group = null;
    boolean good = result.outcome() == Outcome.GOOD;
    module.event(good ? RoleEffect.Level.INFO : RoleEffect.Level.WARN, text(result));
    peer.accept(line);
  }

  /** One line for the operator. */
  static String text(DrillResult result) {
    String more = result.text().isEmpty() ? "" : "; " + result.text();
    return switch (result.outcome()) {
      case GOOD ->
          "Drill on "
              + result.node()
              + ": the application was up after "
              + result.recoveryMs()
              + " ms, "
              + result.drainMs()
              + " of them to apply what was received"
              + more
              + ".";
      case FAILED -> "Drill on " + result.node() + " FAILED: " + result.text() + ".";
      case ABORTED -> "Drill on " + result.node() + " was aborted: " + result.text() + ".";
    };
  }
}

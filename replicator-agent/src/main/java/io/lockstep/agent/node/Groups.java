package io.lockstep.agent.node;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.api.GroupStatus;
import io.lockstep.agent.configuration.ApplicationConfiguration;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.LiveConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.agent.metrics.NodeReading;
import io.lockstep.failover.group.GroupEffect;
import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.GroupSettings;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.GroupVerdict;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.replicator.execution.Mailbox;
import io.lockstep.replicator.port.Execution;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups of a node: one thread that shows each group's machine its members many times a second,
 * and hands what it wants to their role machines. Safe for any thread.
 */
public final class Groups implements AutoCloseable {
  /** Makes a group's next step: {@link GroupMachine#step}, but where the simulator looks on. */
  public interface Machine {
    /** One step, made at {@code nowNs} of the nodes' clock. */
    GroupMachine.Step step(
        GroupSettings settings,
        GroupState state,
        GroupInput input,
        List<Member> members,
        long nowNs);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);
  private static final Duration LONGEST_QUIET = Duration.ofSeconds(10);

  private record Wish(String group, GroupInput input) {}

  private final Host host;
  private final LiveConfiguration live;
  private final String node;
  private final List<ModuleRuntime> modules;
  private final EventLog events;
  private final Machine machine;
  private final Mailbox<Wish> wishes;
  private final Execution.Task loop;
  private volatile Map<String, GroupState> states = Map.of();
  private final GroupMoves moves = new GroupMoves();
  private volatile boolean running = true;

  Groups(
      Host host,
      LiveConfiguration live,
      String node,
      List<ModuleRuntime> modules,
      EventLog events) {
    this(host, live, node, modules, events, GroupMachine::step);
  }

  /** Those of {@code live} among {@code modules}, decided on by {@code machine}. */
  public Groups(
      Host host,
      LiveConfiguration live,
      String node,
      List<ModuleRuntime> modules,
      EventLog events,
      Machine machine) {
    this.machine = machine;
    this.host = host;
    this.live = live;
    this.node = node;
    this.modules = modules;
    this.events = events;
    this.wishes = new Mailbox<>(host.execution());
    this.loop = host.execution().task("groups", this::run);
  }

  /** Begins, when there are groups. Before the modules, which may wait for its word. */
  public void start() {
    for (ModuleRuntime module : modules) {
      String name = module.context().name();
      of(name).ifPresent(g -> module.leaveMovesTo(who -> wish(g, new GroupInput.Move(who))));
    }
    if (!configured().isEmpty()) {
      loop.start();
    }
  }

  /** Those of the configuration that the agent started under. */
  private Map<String, List<String>> configured() {
    return live.running().groups();
  }

  /** The group of that name. */
  Optional<String> named(String name) {
    return configured().containsKey(name) ? Optional.of(name) : Optional.empty();
  }

  /** The group that the module is in. */
  Optional<String> of(String module) {
    return live.running().groupOf(module);
  }

  /** Hands an input to a group's machine; returns at once. */
  void wish(String group, GroupInput input) {
    wishes.add(new Wish(group, input));
  }

  /** The agent exits: all applications stop in order. */
  public void shutDown() {
    configured().keySet().forEach(group -> wish(group, new GroupInput.ShutDown()));
  }

  /** The modules of the group that this node has, in its order. */
  List<ModuleRuntime> runtimes(String group) {
    return configured().get(group).stream().flatMap(name -> runtime(name).stream()).toList();
  }

  private Optional<ModuleRuntime> runtime(String name) {
    return modules.stream().filter(m -> m.context().name().equals(name)).findFirst();
  }

  /** The group as it is now. */
  List<Member> members(String group) {
    return runtimes(group).stream().map(this::member).toList();
  }

  private Member member(ModuleRuntime module) {
    return Member.of(
        module.context().name(),
        module.state(),
        module.application().well(),
        host.platform().bootTimeNs());
  }

  /** What an operator is told of each. */
  List<GroupStatus> status() {
    return configured().keySet().stream().map(this::status).toList();
  }

  /** What is measured of each. */
  List<NodeReading.Group> readings() {
    return configured().keySet().stream()
        .map(
            group ->
                new NodeReading.Group(
                    group,
                    verdict(group).kind().name(),
                    moves.byChoice(group),
                    moves.byOrder(group)))
        .toList();
  }

  private GroupVerdict verdict(String group) {
    GroupState state = states.getOrDefault(group, GroupState.initial());
    return GroupVerdict.of(settings(group), state, members(group));
  }

  private GroupStatus status(String group) {
    GroupVerdict verdict = verdict(group);
    return new GroupStatus(
        group, configured().get(group), verdict.kind().name(), verdict.line(), verdict.next());
  }

  private void run() {
    long tickNs = TimeUnit.MILLISECONDS.toNanos(host.tickMs());
    long turnedNs = host.platform().bootTimeNs();
    try {
      while (running) {
        Wish wish = wishes.poll(tickNs);
        long wokenNs = host.platform().bootTimeNs();
        if (wokenNs - turnedNs > frozenAfterNs()) {
          all(new GroupInput.Frozen(wokenNs - turnedNs));
        }
        turnedNs = wokenNs;
        if (wish != null) {
          step(wish.group(), wish.input());
        }
        all(new GroupInput.Look());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      host.fatal().ended("The machine of the groups failed", e);
    }
  }

  private void all(GroupInput input) {
    configured().keySet().forEach(group -> step(group, input));
  }

  /** As the role machines and the heartbeats have it. */
  private long frozenAfterNs() {
    ClusterConfiguration.Timing timing = live.running().timing();
    return HeartbeatSettings.of(timing.heartbeat(), timing.takeoverAfter()).frozenAfterNs();
  }

  private void step(String group, GroupInput input) {
    GroupState before = states.getOrDefault(group, GroupState.initial());
    GroupMachine.Step step =
        machine.step(settings(group), before, input, members(group), host.platform().bootTimeNs());
    Map<String, GroupState> next = new HashMap<>(states);
    next.put(group, step.state());
    states = Map.copyOf(next);
    moves.note(group, before, input, step.state());
    step.effects().forEach(this::perform);
  }

  private void perform(GroupEffect effect) {
    if (effect instanceof GroupEffect.Order order) {
      LOG.info("Module {}: its group says {}", order.member(), order.input());
      runtime(order.member()).ifPresent(module -> module.post(order.input()));
    } else if (effect instanceof GroupEffect.Tell tell) {
      events.add(Event.Level.valueOf(tell.level().name()), "", tell.text());
      LOG.info("{}", tell.text());
    }
  }

  private GroupSettings settings(String group) {
    List<String> members = configured().get(group);
    ModuleConfiguration first = live.running().modules().get(members.get(0));
    boolean preferredHere = first.preferred().equals(node);
    boolean goesBack = !preferredHere && !first.failbackAfter().isZero();
    Duration takeover = live.running().timing().takeoverAfter();
    Duration quiet = takeover.compareTo(LONGEST_QUIET) < 0 ? takeover : LONGEST_QUIET;
    return new GroupSettings(
        group,
        node,
        live.running().peerOf(node).name(),
        members,
        preferredHere,
        quiet.toNanos(),
        goesBack ? first.failbackAfter().toNanos() : Long.MAX_VALUE,
        startBounds(members));
  }

  /** Each waits as long as those before it may take to start and to answer a first check. */
  private Map<String, Long> startBounds(List<String> members) {
    Map<String, Long> bounds = new LinkedHashMap<>();
    long sumNs = 0;
    for (String member : members) {
      bounds.put(member, sumNs);
      Optional<ApplicationConfiguration> application =
          live.running().modules().get(member).application();
      sumNs += application.map(Groups::longestStart).orElse(Duration.ZERO).toNanos();
    }
    return bounds;
  }

  private static Duration longestStart(ApplicationConfiguration application) {
    Duration check =
        application.check().map(c -> c.every().plus(c.timeout())).orElse(Duration.ZERO);
    return application.longestStart().plus(check);
  }

  @Override
  public void close() {
    running = false;
    loop.interrupt();
  }
}

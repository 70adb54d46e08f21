package io.lockstep.simulator;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.configuration.LiveConfiguration;
import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.agent.node.Groups;
import io.lockstep.agent.node.Guard;
import io.lockstep.agent.node.Host;
import io.lockstep.agent.node.ModuleContext;
import io.lockstep.agent.node.ModuleData;
import io.lockstep.agent.node.ModuleRuntime;
import io.lockstep.agent.node.PeerSignals;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.GroupSettings;
import io.lockstep.failover.group.GroupState;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.heartbeat.HeartbeatExchange;
import io.lockstep.failover.heartbeat.HeartbeatListener;
import io.lockstep.failover.heartbeat.HeartbeatService;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.journal.SegmentAppender;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.NettyLink;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.testkit.PlainSegmentAppender;
import io.lockstep.replicator.testkit.sim.Inbox;
import io.lockstep.replicator.testkit.sim.ProcessDied;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimProcess;
import io.lockstep.replicator.testkit.sim.SimulationFailure;
import io.lockstep.replicator.testkit.sim.network.Datagrams;
import io.lockstep.replicator.testkit.sim.network.SimLink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One life of the agent on a host: production's own module between simulated things; in some runs a
 * second one, and production's own groups.
 */
final class Agent {
  private static final byte[] KEY = "the cluster's key".getBytes(StandardCharsets.UTF_8);
  private static final int EVENTS = 50;
  private static final long RENEW_NS = 2 * Plan.SECOND;

  /** How often it is looked whether a drill is due. */
  private static final long LOOK_NS = 5 * Plan.SECOND;

  private static final int MOMENTS = 60;
  private static final long MOMENT_NS = Plan.SECOND / 20;

  private final World world;
  private final SimHost host;
  private final Scheduler scheduler;
  private final SimProcess process;
  private final SimExecution execution;
  private final Inbox<Datagrams.Arrived> arrivals;
  private final ContactOracle contacts = new ContactOracle();
  private final Map<String, ModuleRuntime> modules = new LinkedHashMap<>();
  private final boolean first;
  private ModuleRuntime module;
  private ModuleRuntime second;
  private Groups groups;
  private int down;
  private final SimRehearsals rehearsals;
  private SimLink link;
  private HeartbeatExchange heartbeats;

  /** {@code first}: it makes the first copy of each module. */
  Agent(World world, SimHost host, int life, boolean first) {
    this.world = world;
    this.first = first;
    this.host = host;
    this.scheduler = host.scheduler;
    this.process = new SimProcess("agent-" + host.name + "-" + life, host.clock);
    this.execution = new SimExecution(scheduler, process);
    this.arrivals = new Inbox<>(scheduler, "heartbeats");
    this.rehearsals = new SimRehearsals(world, host, world.drillChance());
  }

  SimProcess process() {
    return process;
  }

  /** The module that the oracle judges; null until it is open. */
  ModuleRuntime module() {
    return module;
  }

  /** The second one of a group; null where there is none, and until it is open. */
  ModuleRuntime second() {
    return second;
  }

  SimRehearsals rehearsals() {
    return rehearsals;
  }

  /** Asks all to go down in good order. */
  void shutDown() {
    if (groups == null) {
      module.post(new RoleInput.Shutdown());
    } else {
      groups.shutDown();
    }
  }

  Role role() {
    return module == null ? Role.STOPPED : module.state().role();
  }

  RoleState state() {
    return module == null ? null : module.state();
  }

  /** Starts the process. */
  void start() {
    execution
        .task(
            "main",
            () -> {
              try {
                open();
              } catch (IOException e) {
                scheduler.tell(host.name + " does not start: " + e.getMessage());
                world.agentEnded(host, this);
              }
            })
        .start();
  }

  private void open() throws IOException {
    LiveConfiguration live = new LiveConfiguration(world.plan().configuration());
    EventLog events = new EventLog(EVENTS, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    var unused = events.subscribe(0, this::tell);
    Host stands = stands(new Judged());
    module = judged(new ModuleContext(live, host.name, world.plan().module(), 0, stands), events);
    modules.put(world.plan().module(), module);
    if (world.group() != null) {
      ModuleContext context =
          new ModuleContext(live, host.name, Plan.SECOND_MODULE, 1, stands(new Unjudged()));
      second = second(context, events);
      modules.put(Plan.SECOND_MODULE, second);
      groups =
          new Groups(
              stands, live, host.name, List.copyOf(modules.values()), events, this::groupSteps);
    }
    startHeartbeats();
    link = world.network().open(execution, host.side, hello(), new Frames());
    if (groups != null) {
      groups.start();
      second.start();
    }
    module.start();
    if (world.plan().extras().drills()) {
      execution.task("drills", this::lookForDrills).start();
    }
    if (world.plan().extras().addresses()) {
      execution.task("addresses", this::renewAddresses).start();
    }
  }

  private Host stands(SimPlatform.Tree tree) {
    Disk disk = world.substitution().disk(host);
    return new Host(
        new SimPlatform(world, host, tree, execution, rehearsals),
        world.substitution().execution(execution),
        disk,
        new Segments(),
        world.plan().tickMs(),
        this::ended);
  }

  /** What its journals write with. */
  private final class Segments implements SegmentAppender.Factory {
    @Override
    public SegmentAppender create(Disk disk, Path directory, ByteBuffer record) {
      return new PlainSegmentAppender(disk, directory, record);
    }

    @Override
    public ByteBuffer record(int bytes) {
      return world.memory().take(process, bytes);
    }
  }

  private ModuleRuntime judged(ModuleContext context, EventLog events) throws IOException {
    if (first) {
      ModuleData.initialise(context);
    }
    if (world.plan().extras().supervision() != null) {
      world.killApplication(host);
    }
    ModuleRuntime made =
        new ModuleRuntime(
            context,
            ModuleData.open(context),
            new LinkProxy(),
            events,
            new NoGuard(),
            new Signals(),
            (c, failed) -> application(failed),
            this::isDown,
            desk());
    made.watchSteps(
        (before, after, input) -> {
          world.judged(() -> contacts.decided(input));
          world.decided(host, before, after, input);
        });
    made.rehearseWith((spec, inside) -> rehearsals.commands());
    return made;
  }

  private ModuleRuntime second(ModuleContext context, EventLog events) throws IOException {
    if (first) {
      ModuleData.initialise(context);
    }
    world.group().killApplication(host);
    ModuleRuntime made =
        new ModuleRuntime(
            context,
            ModuleData.open(context),
            new LinkProxy(),
            events,
            new NoGuard(),
            new SecondSignals(),
            (c, failed) -> world.group().application(host),
            this::isDown,
            world.arbiter() == null ? null : world.group().arbiter().desk(host));
    made.watchSteps((before, after, input) -> world.group().decided(before, input));
    return made;
  }

  /** Lets a held tree go on for a moment, over and over, for as long as a drill may take. */
  void appliesUnderDrills() {
    execution
        .task(
            "goes on",
            () -> {
              for (int i = 0; i < MOMENTS; i++) {
                scheduler.pause(Plan.SECOND);
                module.secondary().release();
                scheduler.pause(MOMENT_NS);
                module.secondary().hold();
              }
              module.secondary().release();
            })
        .start();
  }

  private GroupMachine.Step groupSteps(
      GroupSettings settings,
      GroupState state,
      GroupInput input,
      List<Member> members,
      long nowNs) {
    return world.group().steps(host, settings, state, input, members, nowNs);
  }

  private void lookForDrills() {
    while (true) {
      scheduler.pause(LOOK_NS);
      module.drill().look();
    }
  }

  private void renewAddresses() {
    while (true) {
      scheduler.pause(RENEW_NS);
      module.renewAddresses();
    }
  }

  private ApplicationControl application(ApplicationControl.Failed failed) {
    return world
        .substitution()
        .application(
            world.plan().extras().supervision() == null
                ? new ModelApplication(world, host, false)
                : new SupervisedApplication(world, host, execution, failed));
  }

  /** Whom the role machine asks; null where every question is granted. */
  private Desk desk() {
    return world.arbiter() == null
        ? null
        : world.substitution().desk(host, world.arbiter().desk(host));
  }

  /**
   * A module is down in good order: what the agent does when all are, with {@link
   * RoleInput.Shutdown} asked.
   */
  private void isDown() {
    if (++down < modules.size()) {
      return;
    }
    Map<String, PeerStatus> statuses = new LinkedHashMap<>();
    modules.forEach((name, each) -> statuses.put(name, each.finalStatus()));
    byte[] goodbye = heartbeats.goodbye(statuses);
    world.heartbeats().forEach(path -> path.send(host.side, goodbye, world.peer(host).up));
    host.goodbye = new byte[0];
    world.agentEnded(host, this);
  }

  private void tell(Event event) {
    if (scheduler.trace().keeps()) {
      scheduler.tell(host.name + ": " + event.level() + " " + event.text());
    }
  }

  private void ended(String what, Throwable why) {
    if (why instanceof ProcessDied died) {
      throw died;
    }
    if (why instanceof IOException) {
      scheduler.tell(process + " ends itself: " + why.getMessage());
      world.agentEnded(host, this);
      while (true) {
        scheduler.pause(Plan.SECOND);
      }
    }
    scheduler.fail(new SimulationFailure(host.name + ": " + what + ": " + why, why));
  }

  private PeerHello hello() {
    return new PeerHello(
        NettyLink.PROTOCOL_VERSION,
        List.of(),
        world.plan().configuration().cluster().name(),
        host.name,
        host.incarnation,
        host.bootId(),
        "same",
        "simulated");
  }

  // ---- heartbeats

  private void startHeartbeats() {
    HeartbeatService.Identity identity =
        new HeartbeatService.Identity(
            world.plan().configuration().cluster().name(),
            host.name,
            host.side == 0 ? "desk-b" : "desk-a",
            host.incarnation,
            host.bootId(),
            KEY);
    heartbeats =
        new HeartbeatExchange(
            identity,
            HeartbeatSettings.of(
                world.plan().configuration().timing().heartbeat(),
                world.plan().configuration().timing().takeoverAfter()),
            world.heartbeats().size(),
            execution.randomUuid(),
            this::statuses,
            world.substitution().heartbeatClock(host),
            new Heard(),
            (path, bytes) ->
                world.heartbeats().get(path).send(host.side, bytes, world.peer(host).up));
    world.heartbeats().forEach(path -> path.listen(host.side, arrivals));
    execution.task("heartbeat", this::beat).start();
  }

  private Map<String, PeerStatus> statuses() {
    PeerStatus judged = world.substitution().tells(host, module.state().status());
    return second == null
        ? Map.of(world.plan().module(), judged)
        : Map.of(world.plan().module(), judged, Plan.SECOND_MODULE, second.state().status());
  }

  private void beat() {
    while (true) {
      long waitNs = Math.max(1, heartbeats.nextSendNs() - host.clock.monotonicNs());
      Datagrams.Arrived arrived = arrivals.poll(scheduler.nowNs() + waitNs);
      while (arrived != null) {
        world.heartbeats().get(arrived.path()).taken(host.side);
        if (arrived.bytes() == null) {
          heartbeats.refused(arrived.path());
        } else {
          heartbeats.received(arrived.path(), ByteBuffer.wrap(arrived.bytes()));
        }
        arrived = arrivals.isEmpty() ? null : arrivals.take();
      }
      heartbeats.tick();
      modules.values().forEach(ModuleRuntime::checkStall);
    }
  }

  private final class Heard implements HeartbeatListener {
    @Override
    public void heard(Map<String, PeerStatus> statuses) {
      for (ModuleRuntime each : modules.values()) {
        PeerStatus status = statuses.get(each.context().name());
        if (status != null) {
          each.post(new RoleInput.PeerHeard(status, host.clock.monotonicNs()));
        }
      }
    }

    private void all(RoleInput input) {
      modules.values().forEach(each -> each.post(input));
    }

    @Override
    public void silent(long silentNs) {
      all(new RoleInput.PeerSilent(silentNs));
    }

    @Override
    public void back() {
      all(new RoleInput.PeerBack());
    }

    @Override
    public void goodbye(boolean clean, Map<String, PeerStatus> statuses) {
      for (ModuleRuntime each : modules.values()) {
        each.peerSaysGoodbye(clean, statuses.get(each.context().name()));
      }
    }

    @Override
    public void processGone(String evidence) {
      all(new RoleInput.PeerProcessGone(evidence));
    }

    @Override
    public void frozen(long gapNs) {
      all(new RoleInput.Frozen(gapNs));
    }

    @Override
    public void goodbyePrepared(byte[] datagram) {
      host.goodbye = datagram;
    }
  }

  private final class Signals implements PeerSignals {
    @Override
    public void announce() {
      heartbeats.sendSoon();
      arrivals.wake();
      world.stepped(host);
    }

    @Override
    public void goodbye(boolean clean, long finalSequence) {}
  }

  private final class SecondSignals implements PeerSignals {
    @Override
    public void announce() {
      heartbeats.sendSoon();
      arrivals.wake();
    }

    @Override
    public void goodbye(boolean clean, long finalSequence) {}
  }

  // ---- the two trees

  private final class Judged implements SimPlatform.Tree {
    private final FileStore store = world.substitution().store(host);

    @Override
    public FileStore store() {
      return store;
    }

    @Override
    public Front front() {
      return host.front;
    }

    @Override
    public void front(Front front) {
      host.front = front;
    }

    @Override
    public void mounted() {
      world.mounted(host);
    }
  }

  private final class Unjudged implements SimPlatform.Tree {
    @Override
    public FileStore store() {
      return host.second.store;
    }

    @Override
    public Front front() {
      return host.second.front;
    }

    @Override
    public void front(Front front) {
      host.second.front = front;
    }

    @Override
    public void mounted() {}
  }

  // ---- the link

  private final class Frames implements LinkListener {
    @Override
    public void up(long epoch, PeerHello peer) {
      modules.values().forEach(each -> each.linkUp(epoch));
    }

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int number, ByteBuffer payload) {
      if (number > 0) {
        second.frame(epoch, lane, type, payload);
        return;
      }
      if (world.substitution().onFrames()) {
        world.substitution().comes(host, link, epoch, type, bytes(payload));
      }
      if (type == StreamMessages.CONTACT) {
        contacts.comes(module, () -> module.frame(epoch, lane, type, payload));
      } else {
        module.frame(epoch, lane, type, payload);
      }
    }

    @Override
    public void batchEnd(long epoch, Link.Lane lane) {
      modules.values().forEach(ModuleRuntime::batchEnd);
    }

    @Override
    public void down(long epoch, String reason) {
      modules.values().forEach(each -> each.linkDown(reason));
    }

    @Override
    public void refused(String reason) {}
  }

  private static byte[] bytes(ByteBuffer... parts) {
    int length = 0;
    for (ByteBuffer part : parts) {
      length += part.remaining();
    }
    ByteBuffer whole = ByteBuffer.allocate(length);
    for (ByteBuffer part : parts) {
      whole.put(part.duplicate());
    }
    return whole.array();
  }

  /** The link exists only after the module that sends on it. */
  private final class LinkProxy implements Link {
    @Override
    public boolean connected() {
      return link != null && link.connected();
    }

    @Override
    public boolean send(long epoch, Lane lane, byte type, int number, ByteBuffer... payload) {
      if (link == null) {
        return false;
      }
      if (number > 0 || !world.substitution().onFrames()) {
        return link.send(epoch, lane, type, number, payload);
      }
      byte[] changed = world.substitution().sends(host, lane, type, bytes(payload));
      return changed == null || link.send(epoch, lane, type, number, ByteBuffer.wrap(changed));
    }

    @Override
    public boolean writable(Lane lane) {
      return link != null && link.writable(lane);
    }

    @Override
    public boolean awaitWritable(Lane lane, long timeoutMs) {
      return link != null && link.awaitWritable(lane, timeoutMs);
    }

    @Override
    public void drop(long epoch, String reason) {
      if (link != null) {
        link.drop(epoch, reason);
      }
    }

    @Override
    public long sentBytes(Lane lane) {
      return link == null ? 0 : link.sentBytes(lane);
    }

    @Override
    public long receivedBytes(Lane lane) {
      return link == null ? 0 : link.receivedBytes(lane);
    }

    @Override
    public void close() {}
  }

  /** The world cleans up after an agent: see {@link World#agentKilled}. */
  private static final class NoGuard implements Guard {
    @Override
    public void mounted(String abortHandle, Path at) {}

    @Override
    public void unmounted(String abortHandle, Path at) {}

    @Override
    public void address(VirtualAddress address) {}

    @Override
    public void noAddress(VirtualAddress address) {}
  }
}

package io.lockstep.simulator;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.agent.node.Guard;
import io.lockstep.agent.node.Host;
import io.lockstep.agent.node.ModuleContext;
import io.lockstep.agent.node.ModuleData;
import io.lockstep.agent.node.ModuleRuntime;
import io.lockstep.agent.node.PeerSignals;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.heartbeat.HeartbeatExchange;
import io.lockstep.failover.heartbeat.HeartbeatListener;
import io.lockstep.failover.heartbeat.HeartbeatService;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.NettyLink;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Disk;
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
import java.util.Map;

/** One life of the agent on a host: production's own module between simulated things. */
final class Agent {
  private static final byte[] KEY = "the cluster's key".getBytes(StandardCharsets.UTF_8);
  private static final int EVENTS = 50;
  private static final long RENEW_NS = 2 * Plan.SECOND;

  private final World world;
  private final SimHost host;
  private final Scheduler scheduler;
  private final SimProcess process;
  private final SimExecution execution;
  private final Inbox<Datagrams.Arrived> arrivals;
  private final ContactOracle contacts = new ContactOracle();
  private ModuleRuntime module;
  private SimLink link;
  private HeartbeatExchange heartbeats;

  Agent(World world, SimHost host, int life) {
    this.world = world;
    this.host = host;
    this.scheduler = host.scheduler;
    this.process = new SimProcess("agent-" + host.name + "-" + life, host.clock);
    this.execution = new SimExecution(scheduler, process);
    this.arrivals = new Inbox<>(scheduler, "heartbeats");
  }

  SimProcess process() {
    return process;
  }

  /** Null until the module is open. */
  ModuleRuntime module() {
    return module;
  }

  Role role() {
    return module == null ? Role.STOPPED : module.state().role();
  }

  RoleState state() {
    return module == null ? null : module.state();
  }

  /** Starts the process. {@code first}: it makes the first copy of the module. */
  void start(boolean first) {
    execution
        .task(
            "main",
            () -> {
              try {
                open(first);
              } catch (IOException e) {
                scheduler.tell(host.name + " does not start: " + e.getMessage());
                world.agentEnded(host, this);
              }
            })
        .start();
  }

  private void open(boolean first) throws IOException {
    Disk disk = world.substitution().disk(host);
    Host stands =
        new Host(
            new SimPlatform(world, host, world.substitution().store(host), execution),
            world.substitution().execution(execution),
            disk,
            PlainSegmentAppender::new,
            world.plan().tickMs(),
            this::ended);
    ModuleContext context =
        new ModuleContext(
            world.plan().configuration(),
            host.name,
            world.plan().configuration().modules().get(world.plan().module()),
            0,
            stands);
    if (first) {
      ModuleData.initialise(context);
    }
    if (world.plan().extras().supervision() != null) {
      world.killApplication(host);
    }
    ModuleData data = ModuleData.open(context);
    EventLog events = new EventLog(EVENTS, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    var unused = events.subscribe(0, this::tell);
    LinkProxy proxy = new LinkProxy();
    module =
        new ModuleRuntime(
            context,
            data,
            proxy,
            events,
            new NoGuard(),
            new Signals(),
            (c, failed) -> application(failed),
            this::isDown,
            desk());
    module.watchSteps(
        (before, after, input) -> {
          world.judged(() -> contacts.decided(input));
          world.decided(host, before, after, input);
        });
    startHeartbeats();
    link = world.network().open(execution, host.side, hello(), new Frames());
    module.start();
    if (world.plan().extras().addresses()) {
      execution.task("addresses", this::renewAddresses).start();
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
   * The module is down in good order: what the agent does then, with {@link RoleInput.Shutdown}
   * asked.
   */
  private void isDown() {
    byte[] goodbye = heartbeats.goodbye(Map.of(world.plan().module(), module.finalStatus()));
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
        java.util.List.of(),
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
            () ->
                Map.of(
                    world.plan().module(),
                    world.substitution().tells(host, module.state().status())),
            world.substitution().heartbeatClock(host),
            new Heard(),
            (path, bytes) ->
                world.heartbeats().get(path).send(host.side, bytes, world.peer(host).up));
    world.heartbeats().forEach(path -> path.listen(host.side, arrivals));
    execution.task("heartbeat", this::beat).start();
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
      module.checkStall();
    }
  }

  private final class Heard implements HeartbeatListener {
    @Override
    public void heard(Map<String, PeerStatus> modules) {
      for (PeerStatus status : modules.values()) {
        module.post(new RoleInput.PeerHeard(status, host.clock.monotonicNs()));
      }
    }

    @Override
    public void silent(long silentNs) {
      module.post(new RoleInput.PeerSilent(silentNs));
    }

    @Override
    public void back() {
      module.post(new RoleInput.PeerBack());
    }

    @Override
    public void goodbye(boolean clean, Map<String, PeerStatus> modules) {
      PeerStatus status = modules.get(world.plan().module());
      module.post(new RoleInput.Goodbye(clean, status == null ? -1 : status.handsOverAt()));
    }

    @Override
    public void processGone(String evidence) {
      module.post(new RoleInput.PeerProcessGone(evidence));
    }

    @Override
    public void frozen(long gapNs) {
      module.post(new RoleInput.Frozen(gapNs));
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

  // ---- the link

  private final class Frames implements LinkListener {
    @Override
    public void up(long epoch, PeerHello peer) {
      module.linkUp(epoch);
    }

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int number, ByteBuffer payload) {
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
      module.batchEnd();
    }

    @Override
    public void down(long epoch, String reason) {
      module.linkDown(reason);
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
      if (!world.substitution().onFrames()) {
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

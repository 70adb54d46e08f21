package io.lockstep.agent.node;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.api.RestServer;
import io.lockstep.agent.arbiter.Desks;
import io.lockstep.agent.change.ConfigurationChange;
import io.lockstep.agent.change.ModuleRemoval;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.configuration.LiveConfiguration;
import io.lockstep.agent.configuration.NodeConfiguration;
import io.lockstep.agent.metrics.NodeMeters;
import io.lockstep.agent.peer.AgentCalls;
import io.lockstep.agent.peer.AgentPeer;
import io.lockstep.agent.preflight.MachineCheck;
import io.lockstep.agent.replay.RecordingLog;
import io.lockstep.agent.why.DecisionLog;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.heartbeat.HeartbeatListener;
import io.lockstep.failover.heartbeat.HeartbeatService;
import io.lockstep.failover.heartbeat.HeartbeatSettings;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.journal.ChronicleAppender;
import io.lockstep.replicator.link.ClusterKey;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.LinkCounters;
import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.LinkOptions;
import io.lockstep.replicator.link.NettyLink;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.port.IdleProcessors;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.protocol.StreamMessages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: its modules, the link and the heartbeats to the peer, the guardian, and the REST
 * interface.
 */
final class NodeRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeRuntime.class);
  private static final int EVENTS_KEPT = 2_000;
  private static final long STALL_CHECK_MS = 50;
  private static final long CONSOLE_GRACE_S = 2;

  private final LiveConfiguration live;
  private final String node;
  private final Host host;
  private final Platform platform;
  private final NodeMeters meters = new NodeMeters(new Measured(this));
  private final EventLog events = new EventLog(EVENTS_KEPT, Clock.systemUTC());
  private final List<ModuleRuntime> modules = new CopyOnWriteArrayList<>();
  private final List<DecisionLog> decisions = new CopyOnWriteArrayList<>();
  private final List<RecordingLog> recordings = new CopyOnWriteArrayList<>();
  private final CountDownLatch modulesDown;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicLong stallChecks = new AtomicLong();
  private volatile boolean closing;
  private final Groups groups;
  private NodeGuard guard;
  private HeartbeatService heartbeats;
  private final AtomicReference<RestServer> rest = new AtomicReference<>();
  private volatile Link link = NoLink.INSTANCE;
  private final Wakefulness wakefulness;
  private volatile PeerHello peerHello;
  private volatile String refused;
  private volatile String peerConfiguration;
  private volatile RuntimeControl control;
  private AgentCalls calls;
  private ConfigurationChange change;
  private ModuleRemoval removal;
  private final DrillDesk drills = new DrillDesk(this);

  NodeRuntime(ClusterConfiguration configuration, String node, Host host) {
    this.live = new LiveConfiguration(configuration);
    this.node = node;
    this.host = host;
    this.platform = host.platform();
    this.groups = new Groups(host, live, node, modules, events);
    this.modulesDown = new CountDownLatch(configuration.modules().size());
    this.wakefulness = wakefulness(configuration.link());
  }

  private Wakefulness wakefulness(ClusterConfiguration.Link options) {
    return new Wakefulness(
        options.processorsAwake() ? platform.idleProcessors() : IdleProcessors.AS_THE_SYSTEM_LIKES,
        this::frames,
        options.attention().toNanos());
  }

  /** How many the link has sent and received so far. */
  private long frames() {
    if (link instanceof NettyLink netty) {
      LinkCounters counters = netty.counters();
      return counters.sentFrames() + counters.receivedFrames();
    }
    return 0;
  }

  /**
   * Opens everything and begins to take part.
   *
   * @param file the configuration's file
   * @throws IOException saying what cannot be used and what to do
   */
  void start(Path file) throws IOException {
    ClusterConfiguration configuration = live.running();
    refuseProblems(configuration);
    ClusterKey key = ClusterKey.load(configuration.cluster().keyFile().of(node));
    Path state = configuration.journal().directory().of(node);
    host.disk().createDirectories(state);
    UUID incarnation = NodeIdentity.of(host, state);
    host.execution().task("journal-warm-up", () -> warmUp(state.resolve(".warm-up"))).start();
    guard = NodeGuard.start(state, configuration.logs().directory().of(node), configuration, node);
    openModules();
    calls =
        new AgentCalls(
            configuration.peerOf(node).name(),
            (epoch, payload) ->
                link.send(epoch, Link.Lane.OPERATIONS, StreamMessages.AGENT, 0, payload),
            this::answer);
    removal = new ModuleRemoval(new Retirement(this, platform), calls);
    change = new ConfigurationChange(new Reconfiguration(this, platform), calls, file);
    startHeartbeats(key, incarnation);
    startLink(key, incarnation);
    groups.start();
    for (ModuleRuntime module : modules) {
      module.start();
    }
    heartbeats.start();
    startStallChecks();
    drills.start(ended);
    new Vitals(guard, modules, () -> live.running().timing(), stallChecks::get, ended).start();
    meters.bind(configuration.cluster().name(), node, NodeMain.VERSION);
    control = new RuntimeControl(this, new SplitDesk(new SplitAnswers(this), calls, key));
    rest.set(RestServer.start(configuration.console().listen().of(node), control, meters::scrape));
    tell(Event.Level.INFO, "", "Node " + node + " has started.");
  }

  /** Beside the rest of the start, which takes longer: no write waits for this node before. */
  private void warmUp(Path scratch) {
    try {
      ChronicleAppender.warmUp(host.disk(), scratch);
    } catch (IOException e) {
      LOG.info("The journal's first record will take its time: {}", e.getMessage());
    }
  }

  /** Everything that is wrong on this machine is told at once, before anything is touched. */
  private void refuseProblems(ClusterConfiguration configuration) throws IOException {
    List<String> problems = MachineCheck.before(platform, node).problems(configuration);
    if (!problems.isEmpty()) {
      throw new IOException(
          "node "
              + node
              + " cannot start:\n  "
              + String.join("\n  ", problems)
              + "\nNothing was changed.");
    }
  }

  /** The peer's agent asks. */
  private AgentPeer.Answer answer(AgentPeer.Question question, String text)
      throws InterruptedException {
    return switch (question) {
      case PREPARE_CONFIGURATION,
          COMMIT_CONFIGURATION,
          DISCARD_CONFIGURATION,
          SETTLE_CONFIGURATION ->
          change.answer(question, text);
      case CHECK_REMOVAL, REMOVE_MODULE -> removal.answer(question, text);
      case DRILL, DRILL_ENDED -> drills.answer(question, text);
      case SPLIT_SIDE, SPLIT_CONTENT, QUARANTINES -> new SplitAnswers(this).answer(question, text);
    };
  }

  private void openModules() throws IOException {
    Retirement.forgetMarks(stateDirectory(), live.running().modules().keySet());
    int number = 0;
    for (String module : live.running().modules().keySet()) {
      if (Files.exists(Retirement.mark(stateDirectory(), module))) {
        passedOver(module);
        number++;
        continue;
      }
      ModuleContext context = new ModuleContext(live, node, module, number, host);
      context.processGroups().group(context.name()).kill();
      Rehearsing.clearLeftovers(context);
      ModuleData data = ModuleData.open(context);
      ModuleRuntime runtime =
          new ModuleRuntime(
              context,
              data,
              new LateLink(() -> link),
              events,
              guard,
              signals(context),
              new ApplicationRunner.Factory(guard),
              modulesDown::countDown,
              Desks.open(live.running(), node, module));
      DecisionLog log = new DecisionLog(context.stateDirectory());
      decisions.add(log);
      runtime.recordDecisions(log::add);
      RecordingLog recording = recording(context);
      recordings.add(recording);
      runtime.recordSteps(recording::took);
      runtime.tellDrills(line -> drills.tell(module, line));
      runtime.primary().observeAckWaits(meters.ackWaits(module));
      modules.add(runtime);
      number++;
    }
  }

  private RecordingLog recording(ModuleContext context) {
    return new RecordingLog(
        context.stateDirectory(),
        context.name(),
        TimeUnit.MILLISECONDS.toNanos(host.tickMs()),
        () -> {
          ClusterConfiguration.Recorder limits = live.running().recorder();
          return new LogLimits(limits.count(), limits.size());
        });
  }

  private void passedOver(String module) {
    modulesDown.countDown();
    tell(
        Event.Level.WARN,
        module,
        "Module "
            + module
            + " was removed on this node and is passed over: take it out of the configuration. To"
            + " protect it anew remove "
            + Retirement.mark(stateDirectory(), module)
            + ", then begin as with a new module.");
  }

  /** Where the node's own durable state and that of its modules is. */
  Path stateDirectory() {
    return live.running().journal().directory().of(node);
  }

  /** Ends a stopped module that is not to come back. */
  void retire(ModuleRuntime module) throws IOException {
    modules.remove(module);
    modulesDown.countDown();
    meters.forget(module.context().name());
    module.close();
    String name = module.context().name();
    tell(Event.Level.WARN, name, "Module " + name + " was removed on this node.");
  }

  private PeerSignals signals(ModuleContext context) {
    return new PeerSignals() {
      @Override
      public void announce() {
        if (heartbeats != null) {
          heartbeats.sendNow();
        }
      }

      @Override
      public void goodbye(boolean clean, long finalSequence) {
        LOG.info(
            "Module {} says goodbye, clean {}, final sequence {}",
            context.name(),
            clean,
            finalSequence);
      }
    };
  }

  private void startHeartbeats(ClusterKey key, UUID incarnation) throws IOException {
    ClusterConfiguration configuration = live.running();
    NodeConfiguration mine = configuration.node(node);
    NodeConfiguration peer = configuration.peerOf(node);
    List<HeartbeatService.Path> paths = new ArrayList<>();
    for (int i = 0; i < mine.heartbeats().size(); i++) {
      paths.add(
          new HeartbeatService.Path(
              mine.heartbeats().get(i).socketAddress(), peer.heartbeats().get(i).socketAddress()));
    }
    heartbeats =
        new HeartbeatService(
            new HeartbeatService.Identity(
                configuration.cluster().name(),
                node,
                peer.name(),
                incarnation,
                platform.bootId(),
                key.mac("heartbeat key")),
            HeartbeatSettings.of(
                configuration.timing().heartbeat(), configuration.timing().takeoverAfter()),
            paths,
            this::statuses,
            platform::bootTimeNs,
            new Heard());
  }

  private Map<String, PeerStatus> statuses() {
    Map<String, PeerStatus> statuses = new LinkedHashMap<>();
    for (ModuleRuntime module : modules) {
      statuses.put(module.context().name(), module.state().status());
    }
    return statuses;
  }

  private void startLink(ClusterKey key, UUID incarnation) throws IOException {
    ClusterConfiguration configuration = live.running();
    NodeConfiguration mine = configuration.node(node);
    NodeConfiguration peer = configuration.peerOf(node);
    String boot = platform.bootId();
    Supplier<PeerHello> self =
        () ->
            new PeerHello(
                NettyLink.PROTOCOL_VERSION,
                List.of(),
                configuration.cluster().name(),
                node,
                incarnation,
                boot,
                live.agreed().hash(),
                NodeMain.VERSION);
    LinkOptions options =
        LinkOptions.defaults()
            .withMaxFrame(configuration.link().maxFrame())
            .withTransport(
                new LinkOptions.Polling(
                    true, false, wakefulness::attentionNs, platform.socketWriters()))
            .withSilence(configuration.link().silence());
    link =
        NettyLink.start(
            options,
            key,
            self,
            peer.name(),
            mine.link().socketAddress(),
            peer.link().socketAddress(),
            new Frames());
  }

  private void startStallChecks() {
    Thread thread =
        new Thread(
            () -> {
              try (wakefulness) {
                while (!ended.await(STALL_CHECK_MS, TimeUnit.MILLISECONDS)) {
                  modules.forEach(ModuleRuntime::checkStall);
                  wakefulness.look();
                  stallChecks.incrementAndGet();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stall-check");
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until the node has ended. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** Steps down in good order, says goodbye, and ends. */
  void shutDown() {
    if (closing) {
      return;
    }
    closing = true;
    groups.shutDown();
    for (ModuleRuntime module : modules) {
      if (groups.of(module.context().name()).isEmpty()) {
        module.post(new RoleInput.Shutdown());
      }
    }
    long seconds = StepDownTime.inOrder(configuration()).toSeconds();
    try {
      if (!modulesDown.await(seconds, TimeUnit.SECONDS)) {
        LOG.error(
            "Not every module went down in good order within {} s; the guardian cleans up",
            seconds);
        return;
      }
      if (heartbeats != null) {
        heartbeats.goodbye(finalStatuses());
      }
      if (guard != null) {
        guard.planned();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Map<String, PeerStatus> finalStatuses() {
    Map<String, PeerStatus> statuses = new LinkedHashMap<>();
    for (ModuleRuntime module : modules) {
      statuses.put(module.context().name(), module.finalStatus());
    }
    return statuses;
  }

  @Override
  public void close() {
    try {
      RestServer served = rest.get();
      if (served != null) {
        served.close();
      }
      groups.close();
      for (ModuleRuntime module : modules) {
        module.close();
      }
      decisions.forEach(DecisionLog::close);
      recordings.forEach(RecordingLog::close);
      link.close();
      if (calls != null) {
        calls.close();
      }
      if (heartbeats != null) {
        heartbeats.close();
      }
      if (guard != null) {
        guard.close();
      }
      meters.close();
    } catch (Exception e) {
      LOG.warn("The node did not end cleanly", e);
    }
    ended.countDown();
  }

  /** What this node goes by now. */
  ClusterConfiguration configuration() {
    return live.running();
  }

  LiveConfiguration live() {
    return live;
  }

  String node() {
    return node;
  }

  List<ModuleRuntime> modules() {
    return modules;
  }

  Groups groups() {
    return groups;
  }

  /** Tells the operator, in the console and in the agent's own log; {@code module} may be empty. */
  private void tell(Event.Level level, String module, String text) {
    events.add(level, module, text);
    if (level == Event.Level.INFO) {
      LOG.info("{}", text);
    } else {
      LOG.warn("{}", text);
    }
  }

  EventLog events() {
    return events;
  }

  Link link() {
    return link;
  }

  HeartbeatService heartbeats() {
    return heartbeats;
  }

  /** By the clock that goes on while the machine is suspended. */
  long nowNs() {
    return platform.bootTimeNs();
  }

  PeerHello peerHello() {
    return peerHello;
  }

  String refused() {
    return refused;
  }

  ModuleRemoval removal() {
    return removal;
  }

  DrillDesk drills() {
    return drills;
  }

  /** The peer's agent; null before the link is started. */
  AgentPeer peer() {
    return calls;
  }

  ConfigurationChange change() {
    return change;
  }

  /** The hash of the configuration that the peer is known to have; null before it said. */
  String peerConfiguration() {
    return peerConfiguration;
  }

  void peerConfiguration(String hash) {
    peerConfiguration = hash;
  }

  /** Heartbeats by these times from now on. */
  void retime(ClusterConfiguration.Timing timing) {
    heartbeats.settings(HeartbeatSettings.of(timing.heartbeat(), timing.takeoverAfter()));
  }

  /**
   * Opens the console elsewhere, and closes it where it was once what it is answering is answered.
   *
   * @throws IOException when it cannot listen there; it then stays where it is
   */
  void moveConsole(Endpoint listen) throws IOException {
    RestServer old = rest.getAndSet(RestServer.start(listen, control, meters::scrape));
    tell(Event.Level.INFO, "", "The console of " + node + " has moved to " + listen + ".");
    CompletableFuture.delayedExecutor(CONSOLE_GRACE_S, TimeUnit.SECONDS).execute(old::close);
  }

  /** How many networks have brought a heartbeat lately. */
  int heartbeatsAlive() {
    long now = platform.bootTimeNs();
    long fresh = 3 * configuration().timing().heartbeat().toNanos();
    return heartbeats == null
        ? 0
        : (int)
            heartbeats.heardNs().stream()
                .filter(ns -> ns != Long.MIN_VALUE && now - ns < fresh)
                .count();
  }

  /** What the link brings, handed to the module it is for. */
  private final class Frames implements LinkListener {
    @Override
    public void up(long epoch, PeerHello peer) {
      // the event loop of the operations lane: the peer waits for it
      platform.hurry();
      peerHello = peer;
      refused = null;
      compareConfigurations(peer);
      calls.up(epoch);
      for (ModuleRuntime module : modules) {
        module.linkUp(epoch);
      }
    }

    private void compareConfigurations(PeerHello peer) {
      peerConfiguration = peer.configurationHash();
      String mine = live.agreed().hash();
      if (peerConfiguration.equals(mine)) {
        change.agreeing();
        return;
      }
      tell(
          Event.Level.WARN,
          "",
          "The nodes have different configurations: "
              + node
              + " has "
              + mine.substring(0, 8)
              + ", "
              + peer.node()
              + " has "
              + peerConfiguration.substring(0, Math.min(8, peerConfiguration.length()))
              + " (`lockstep check-config` shows a file's). Each goes on under its own. To mend it:"
              + " `lockstep apply FILE` with the right file, on either node.");
    }

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
      if (type == StreamMessages.AGENT) {
        calls.frame(epoch, payload);
        return;
      }
      for (ModuleRuntime each : modules) {
        if (each.context().number() == module) {
          each.frame(epoch, lane, type, payload);
        }
      }
    }

    @Override
    public void batchEnd(long epoch, Link.Lane lane) {
      for (ModuleRuntime module : modules) {
        module.batchEnd();
      }
    }

    @Override
    public void down(long epoch, String reason) {
      calls.down(reason);
      for (ModuleRuntime module : modules) {
        module.linkDown(reason);
      }
    }

    @Override
    public void refused(String reason) {
      refused = reason;
      tell(Event.Level.ERROR, "", "The peer was refused: " + reason);
    }
  }

  /** What the heartbeats bring, as inputs of every module's role machine. */
  private final class Heard implements HeartbeatListener {
    @Override
    public void heard(Map<String, PeerStatus> statuses) {
      for (ModuleRuntime module : modules) {
        PeerStatus status = statuses.get(module.context().name());
        if (status != null) {
          module.post(new RoleInput.PeerHeard(status, platform.bootTimeNs()));
        }
      }
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
      for (ModuleRuntime module : modules) {
        module.peerSaysGoodbye(clean, statuses.get(module.context().name()));
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
      guard.goodbye(datagram);
    }

    private void all(RoleInput input) {
      for (ModuleRuntime module : modules) {
        module.post(input);
      }
    }
  }
}

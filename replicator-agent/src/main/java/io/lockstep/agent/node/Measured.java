package io.lockstep.agent.node;

import io.lockstep.agent.drill.DrillResult;
import io.lockstep.agent.metrics.ModuleReading;
import io.lockstep.agent.metrics.NodeReading;
import io.lockstep.agent.metrics.Readings;
import io.lockstep.failover.application.Application;
import io.lockstep.failover.application.CheckerState;
import io.lockstep.failover.heartbeat.HeartbeatService;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.LinkCounters;
import io.lockstep.replicator.link.NettyLink;
import io.lockstep.replicator.reintegration.DirtyStatistics;
import io.lockstep.replicator.reintegration.ReintegrationProgress;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A running node's readings, gathered from its parts. Any thread. */
final class Measured implements Readings {
  private static final long NS_PER_MS = 1_000_000;
  private static final LinkCounters NONE = new LinkCounters(0, 0, 0, 0, 0, 0, 0);

  private final NodeRuntime node;
  private final StatusReport report;

  Measured(NodeRuntime node) {
    this.node = node;
    this.report = new StatusReport(node);
  }

  @Override
  public NodeReading node() {
    Link link = node.link();
    LinkCounters counters = link instanceof NettyLink netty ? netty.counters() : NONE;
    return new NodeReading(
        link.connected(),
        counters.roundTripNanos(),
        counters.queuedBytes(),
        counters.connects(),
        counters.refusals(),
        link.sentBytes(Link.Lane.OPERATIONS),
        link.sentBytes(Link.Lane.BULK),
        link.receivedBytes(Link.Lane.OPERATIONS),
        link.receivedBytes(Link.Lane.BULK),
        node.live().agreed().hash().equals(node.peerConfiguration()),
        node.live().pending().size(),
        heartbeats(),
        node.groups().readings());
  }

  private List<NodeReading.Heartbeats> heartbeats() {
    HeartbeatService service = node.heartbeats();
    List<Long> heardNs = service.heardNs();
    List<HeartbeatService.PathStatistics> statistics = service.statistics();
    long now = node.nowNs();
    List<NodeReading.Heartbeats> paths = new ArrayList<>();
    for (int i = 0; i < heardNs.size(); i++) {
      long heard = heardNs.get(i);
      paths.add(
          new NodeReading.Heartbeats(
              node.configuration().peerOf(node.node()).heartbeats().get(i).toString(),
              heard == Long.MIN_VALUE ? -1 : Math.max(0, now - heard),
              statistics.get(i).received(),
              statistics.get(i).lost(),
              statistics.get(i).jitterNs()));
    }
    return paths;
  }

  @Override
  public List<String> modules() {
    return node.modules().stream().map(m -> m.context().name()).toList();
  }

  @Override
  public ModuleReading module(String name) {
    return node.modules().stream()
        .filter(m -> m.context().name().equals(name))
        .findFirst()
        .map(this::module)
        .orElse(null);
  }

  private ModuleReading module(ModuleRuntime module) {
    PrimaryStream.Progress sent = module.primary().progress();
    SecondaryStream.Progress got = module.secondary().progress();
    boolean serves = module.primary().mode() != PrimaryStream.Mode.CLOSED;
    DirtyStatistics dirty = module.data().tracker.statistics();
    Optional<ReintegrationProgress> progress = module.returns().progress();
    Optional<DrillResult> telling = module.drill().telling();
    return new ModuleReading(
        module.state().role().name(),
        module.state().dataState().name(),
        report.verdict(module).kind().name(),
        sent.operations(),
        serves ? sent.last() : got.received(),
        serves ? module.primary().completedSequence() : got.applied(),
        module.data().record().ownCheckpoint(),
        serves ? Math.max(0, sent.last() - sent.applied()) : got.received() - got.applied(),
        serves ? sent.unappliedBytes() : got.lagBytes(),
        module.data().journal.sizeBytes(),
        node.configuration().journal().maxSize(),
        free(module),
        dirty.files() + dirty.directories(),
        dirty.bytes(),
        dirty.everything(),
        progress.isPresent(),
        progress.map(ReintegrationProgress::percent).orElse(0),
        progress.map(ReintegrationProgress::bytesSent).orElse(0L),
        progress.flatMap(ReintegrationProgress::remaining).map(Duration::toNanos).orElse(-1L),
        module.application().state().equals("RUNNING"),
        telling.map(d -> Math.max(0, d.recoveryMs()) * NS_PER_MS).orElse(0L),
        telling.map(d -> d.outcome() == DrillResult.Outcome.GOOD).orElse(false),
        telling
            .map(d -> Math.max(0, System.currentTimeMillis() - d.endedMs()) * NS_PER_MS)
            .orElse(-1L),
        checkers(module),
        module.serving().outside().confirmed(),
        module.transitions().ended());
  }

  private static Map<String, Boolean> checkers(ModuleRuntime module) {
    Map<String, Boolean> found = new LinkedHashMap<>();
    for (Application.CheckerStatus status : module.application().checkers()) {
      CheckerState.Result result = status.state().result();
      if (result != CheckerState.Result.UNKNOWN) {
        found.put(status.checker().name(), result == CheckerState.Result.GOOD);
      }
    }
    return found;
  }

  private static long free(ModuleRuntime module) {
    try {
      return Files.getFileStore(module.context().stateDirectory()).getUsableSpace();
    } catch (IOException e) {
      return 0;
    }
  }
}

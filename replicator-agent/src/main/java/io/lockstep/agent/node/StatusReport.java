package io.lockstep.agent.node;

import io.lockstep.agent.api.ModuleStatus;
import io.lockstep.agent.api.NodeStatus;
import io.lockstep.agent.drill.DrillResult;
import io.lockstep.agent.drill.DrillState;
import io.lockstep.agent.split.SplitReport;
import io.lockstep.failover.application.Application;
import io.lockstep.failover.application.CheckerState;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.role.Presence;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Verdict;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.reintegration.ReintegrationProgress;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.replication.SecondaryStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/** What a running node tells of itself, gathered from its parts. Any thread. */
final class StatusReport {
  private static final DateTimeFormatter SINCE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private final NodeRuntime node;

  StatusReport(NodeRuntime node) {
    this.node = node;
  }

  NodeStatus status() {
    PeerHello hello = node.peerHello();
    boolean connected = node.link().connected();
    NodeStatus.Peer peer =
        new NodeStatus.Peer(
            node.configuration().peerOf(node.node()).name(),
            connected,
            node.heartbeatsAlive(),
            node.configuration().node(node.node()).heartbeats().size(),
            hello == null ? null : hello.softwareVersion(),
            node.refused());
    return new NodeStatus(
        node.configuration().cluster().name(),
        node.node(),
        NodeMain.VERSION,
        node.live().agreed().hash(),
        node.peerConfiguration() == null
            ? null
            : node.peerConfiguration().equals(node.live().agreed().hash()),
        node.live().pending().stream().map(change -> change.key()).toList(),
        System.currentTimeMillis(),
        peer,
        node.modules().stream().map(this::module).toList(),
        node.groups().status());
  }

  Verdict verdict(ModuleRuntime module) {
    RoleState state = module.state();
    Optional<ReintegrationProgress> progress = module.returns().progress();
    return Verdict.of(
        new Verdict.Situation(
            state,
            SINCE.format(Instant.ofEpochMilli(sinceMs(module))),
            progress.map(ReintegrationProgress::percent).orElse(0),
            progress
                .flatMap(ReintegrationProgress::remaining)
                .map(d -> d.toSeconds() + " s")
                .orElse("")));
  }

  private static long sinceMs(ModuleRuntime module) {
    if (module.state().split() != null) {
      ContactRecord peer = module.peerRecord();
      long theirs = peer == null ? 0 : peer.ballot().aloneSinceMs();
      long parted = SplitReport.partedMs(module.data().record().aloneSinceMs(), theirs);
      if (parted > 0) {
        return parted;
      }
    }
    long agoNs = module.context().platform().bootTimeNs() - module.state().sinceNs();
    return System.currentTimeMillis() - Math.max(0, agoNs / 1_000_000);
  }

  private ModuleStatus module(ModuleRuntime module) {
    RoleState state = module.state();
    Verdict verdict = verdict(module);
    PrimaryStream.Progress sent = module.primary().progress();
    SecondaryStream.Progress got = module.secondary().progress();
    boolean serves = module.primary().mode() != PrimaryStream.Mode.CLOSED;
    ModuleContext context = module.context();
    return new ModuleStatus(
        context.name(),
        new ModuleStatus.Verdict(
            verdict.kind().name(), verdict.line(), next(module, verdict), sinceMs(module)),
        roles(module, state),
        context.module().preferred(),
        state.generation().isNone() ? null : state.generation().toString(),
        serves ? sent.last() : got.received(),
        serves ? module.primary().completedSequence() : got.applied(),
        module.data().record().ownCheckpoint(),
        serves ? sent.unappliedBytes() : got.lagBytes(),
        serves ? Math.max(0, sent.last() - sent.applied()) : got.received() - got.applied(),
        link(state),
        module.returns().progress().map(progress -> reintegration(module, progress)).orElse(null),
        new ModuleStatus.ApplicationStatus(
            module.application().state(),
            module.application().text(),
            module.application().checkers().stream().map(StatusReport::checker).toList()),
        context.addresses().stream()
            .map(
                a ->
                    new ModuleStatus.HeldAddress(
                        a.address().getHostAddress() + "/" + a.prefixBits(),
                        module.serving().addressesUp(),
                        module.serving().outside().text(a)))
            .toList(),
        context.directories().stream().map(Path::toString).toList(),
        context.module().directories().stream().flatMap(d -> d.exclude().stream()).toList(),
        module.transitions().newest(),
        maintenance(state),
        drill(module));
  }

  private static ModuleStatus.Drill drill(ModuleRuntime module) {
    DrillState now = module.drill().state();
    if (now.active()) {
      return new ModuleStatus.Drill(
          module.context().node(),
          now.who(),
          now.phase().name(),
          now.beganMs(),
          0,
          "",
          -1,
          -1,
          -1,
          "Drill on " + module.context().node() + ": " + now.phase());
    }
    List<DrillResult> known = module.drill().results();
    if (known.isEmpty()) {
      return null;
    }
    DrillResult last = known.get(known.size() - 1);
    return new ModuleStatus.Drill(
        last.node(),
        last.who(),
        "",
        last.beganMs(),
        last.endedMs(),
        last.outcome().name(),
        last.recoveryMs(),
        last.drainMs(),
        last.startMs(),
        Rehearsing.text(last));
  }

  private static ModuleStatus.CheckerStatus checker(Application.CheckerStatus status) {
    CheckerState state = status.state();
    boolean known = state.result() != CheckerState.Result.UNKNOWN;
    return new ModuleStatus.CheckerStatus(
        status.checker().name(),
        state.result().name(),
        status.checker().action().name(),
        state.failures(),
        status.checker().failures(),
        known ? System.currentTimeMillis() - status.forNs() / 1_000_000 : 0,
        state.reason());
  }

  /** Without an arbiter the operator is told so as long as nothing else is to be done. */
  private static String next(ModuleRuntime module, Verdict verdict) {
    boolean warn =
        verdict.next().isEmpty()
            && module.context().cluster().cluster().arbiter().none()
            && verdict.kind() == Verdict.Kind.PROTECTED;
    return warn
        ? "no arbiter is configured: a partition can make both nodes serve (cluster.arbiter)"
        : verdict.next();
  }

  private static List<ModuleStatus.NodeRole> roles(ModuleRuntime module, RoleState state) {
    boolean heard = state.presence() == Presence.PRESENT && state.peer() != null;
    ModuleStatus.NodeRole mine =
        new ModuleStatus.NodeRole(
            module.context().node(), state.role().name(), state.dataState().name(), true);
    ModuleStatus.NodeRole peer =
        new ModuleStatus.NodeRole(
            module.context().peer(),
            state.peer() == null ? Role.STOPPED.name() : state.peer().role().name(),
            state.peer() == null ? "" : state.peer().dataState().name(),
            heard);
    return List.of(mine, peer);
  }

  private static boolean maintenance(RoleState state) {
    boolean there = state.presence() == Presence.PRESENT && state.peer() != null;
    return state.paused() || (there && state.peer().paused());
  }

  private ModuleStatus.LinkStatus link(RoleState state) {
    Link link = node.link();
    return new ModuleStatus.LinkStatus(
        state.linkUp() ? "UP" : "DOWN",
        link.sentBytes(Link.Lane.OPERATIONS) + link.sentBytes(Link.Lane.BULK),
        link.receivedBytes(Link.Lane.OPERATIONS) + link.receivedBytes(Link.Lane.BULK));
  }

  private static ModuleStatus.Reintegration reintegration(
      ModuleRuntime module, ReintegrationProgress progress) {
    return new ModuleStatus.Reintegration(
        module.context().node(),
        module.context().peer(),
        progress.percent(),
        progress.bytesDone(),
        progress.bytesTotal(),
        progress.filesDone(),
        progress.filesTotal(),
        progress.remaining().map(Duration::toMillis).orElse(-1L));
  }
}

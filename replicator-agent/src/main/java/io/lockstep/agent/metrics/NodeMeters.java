package io.lockstep.agent.metrics;

import io.lockstep.failover.group.GroupVerdict;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;

/** The meters of one node and of the process it runs in. Any thread. */
public final class NodeMeters implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, ModuleMeters> modules = new ConcurrentHashMap<>();
  private final ProcessMeters process = new ProcessMeters();
  private final Readings readings;
  private final Cached<NodeReading> node;

  /** Nothing is read before {@link #bind}. */
  public NodeMeters(Readings readings) {
    this.readings = readings;
    this.node = new Cached<>(readings::node);
  }

  /**
   * Adds the node's meters, its modules' and the process's. Call once, when all modules are open.
   */
  public void bind(String cluster, String name, String version) {
    Gauge.builder("lockstep.info", () -> 1)
        .tags("cluster", cluster, "node", name, "version", version)
        .strongReference(true)
        .register(registry);
    gauge("lockstep.link.up", n -> n.linkUp() ? 1 : 0);
    gauge("lockstep.link.roundtrip.seconds", n -> n.roundTripNs() / 1e9);
    gauge("lockstep.link.queued.bytes", NodeReading::queuedBytes);
    counter("lockstep.link.connects", NodeReading::connects);
    counter("lockstep.link.refusals", NodeReading::refusals);
    lane("lockstep.link.sent.bytes", "operations", NodeReading::sentOperationsBytes);
    lane("lockstep.link.sent.bytes", "bulk", NodeReading::sentBulkBytes);
    lane("lockstep.link.received.bytes", "operations", NodeReading::receivedOperationsBytes);
    lane("lockstep.link.received.bytes", "bulk", NodeReading::receivedBulkBytes);
    gauge("lockstep.configuration.matches", n -> n.configurationMatches() ? 1 : 0);
    gauge("lockstep.configuration.restart.needed", NodeReading::restartNeeded);
    List<NodeReading.Heartbeats> paths = readings.node().heartbeats();
    for (int i = 0; i < paths.size(); i++) {
      heartbeats(paths.get(i).path(), i);
    }
    List<NodeReading.Group> groups = readings.node().groups();
    for (int i = 0; i < groups.size(); i++) {
      group(groups.get(i).group(), i);
    }
    readings.modules().forEach(this::module);
    process.bindTo(registry);
  }

  private void gauge(String meter, ToDoubleFunction<NodeReading> value) {
    Gauge.builder(meter, node, n -> value.applyAsDouble(n.get())).register(registry);
  }

  private void counter(String meter, ToDoubleFunction<NodeReading> value) {
    FunctionCounter.builder(meter, node, n -> value.applyAsDouble(n.get())).register(registry);
  }

  private void lane(String meter, String lane, ToDoubleFunction<NodeReading> value) {
    FunctionCounter.builder(meter, node, n -> value.applyAsDouble(n.get()))
        .tag("lane", lane)
        .register(registry);
  }

  private void heartbeats(String path, int i) {
    Gauge.builder("lockstep.heartbeat.age.seconds", node, n -> ageSeconds(n.get(), i))
        .tag("path", path)
        .register(registry);
    FunctionCounter.builder(
            "lockstep.heartbeat.received", node, n -> n.get().heartbeats().get(i).received())
        .tag("path", path)
        .register(registry);
    FunctionCounter.builder(
            "lockstep.heartbeat.lost", node, n -> n.get().heartbeats().get(i).lost())
        .tag("path", path)
        .register(registry);
    Gauge.builder(
            "lockstep.heartbeat.jitter.seconds",
            node,
            n -> n.get().heartbeats().get(i).jitterNs() / 1e9)
        .tag("path", path)
        .register(registry);
  }

  private void group(String name, int i) {
    for (GroupVerdict.Kind kind : GroupVerdict.Kind.values()) {
      Gauge.builder("lockstep.group.verdict", node, n -> is(n.get().groups().get(i), kind))
          .tags("group", name, "verdict", kind.name())
          .register(registry);
    }
    moves(name, "choice", n -> n.groups().get(i).movesByChoice());
    moves(name, "order", n -> n.groups().get(i).movesByOrder());
  }

  private static double is(NodeReading.Group group, GroupVerdict.Kind kind) {
    return group.verdict().equals(kind.name()) ? 1 : 0;
  }

  private void moves(String group, String by, ToDoubleFunction<NodeReading> value) {
    FunctionCounter.builder("lockstep.group.moves", node, n -> value.applyAsDouble(n.get()))
        .tags("group", group, "by", by)
        .register(registry);
  }

  private static double ageSeconds(NodeReading reading, int path) {
    long ns = reading.heartbeats().get(path).sinceHeardNs();
    return ns < 0 ? Double.NaN : ns / 1e9;
  }

  private ModuleMeters module(String name) {
    return modules.computeIfAbsent(
        name, n -> new ModuleMeters(registry, n, () -> readings.module(n)));
  }

  /**
   * Where each wait for the peer's acknowledgement is noted, in ns. Any thread; allocates nothing,
   * since it is in the way of every write.
   */
  public LongConsumer ackWaits(String module) {
    return module(module).ackWaits();
  }

  /** A module that was removed is measured no more. */
  public void forget(String module) {
    modules.remove(module);
    registry.getMeters().stream()
        .filter(meter -> module.equals(meter.getId().getTag("module")))
        .forEach(registry::remove);
  }

  /** The page that Prometheus reads. */
  public String scrape() {
    modules.values().forEach(ModuleMeters::refresh);
    return registry.scrape();
  }

  @Override
  public void close() {
    process.close();
    registry.close();
  }
}

package io.lockstep.agent.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The meters of one module; all have its name as tag. Any thread. */
final class ModuleMeters {
  private static final List<String> ROLES =
      List.of(
          "STOPPED",
          "WAITING",
          "SECONDARY",
          "PRIMARY",
          "ALONE",
          "BLOCKED",
          "TAKING_OVER",
          "DEMOTING");
  private static final List<String> DATA =
      List.of("UP_TO_DATE", "CONSISTENT", "OUTDATED", "INCONSISTENT");
  private static final List<String> VERDICTS =
      List.of(
          "PROTECTED",
          "MAINTENANCE",
          "EXPOSED",
          "RESYNCHRONIZING",
          "BLOCKED",
          "WAITING",
          "STOPPED",
          "DOWN",
          "SPLIT");
  private static final List<String> KINDS = List.of("TAKEOVER", "SWITCHOVER", "SWITCHBACK");

  private final MeterRegistry registry;
  private final String module;
  private final Cached<ModuleReading> reading;
  private final Timer ackWaits;
  private final MultiGauge checkers;
  private final MultiGauge confirmed;

  ModuleMeters(MeterRegistry registry, String module, Supplier<ModuleReading> source) {
    this.registry = registry;
    this.module = module;
    this.reading = new Cached<>(source);
    this.ackWaits =
        Timer.builder("lockstep.ack.wait")
            .description("Wait of an operation for the peer's acknowledgement")
            .tag("module", module)
            .publishPercentiles(0.5, 0.99)
            .percentilePrecision(2)
            .distributionStatisticExpiry(Duration.ofMinutes(1))
            .register(registry);
    states("lockstep.role", "role", ROLES, ModuleReading::role);
    states("lockstep.data.state", "state", DATA, ModuleReading::data);
    states("lockstep.verdict", "verdict", VERDICTS, ModuleReading::verdict);
    position();
    journal();
    returns();
    transitions();
    gauge("lockstep.application.up", r -> r.applicationUp() ? 1 : 0);
    drills();
    this.checkers =
        MultiGauge.builder("lockstep.checker.up").tag("module", module).register(registry);
    this.confirmed =
        MultiGauge.builder("lockstep.address.confirmed").tag("module", module).register(registry);
  }

  /** Brings the meters of checkers and addresses to those that are looked at now. */
  void refresh() {
    ModuleReading now = reading.get();
    rows(checkers, "checker", now == null ? Map.of() : now.checkers());
    rows(confirmed, "address", now == null ? Map.of() : now.confirmed());
  }

  private static void rows(MultiGauge meter, String tag, Map<String, Boolean> found) {
    meter.register(
        found.entrySet().stream()
            .map(e -> MultiGauge.Row.of(Tags.of(tag, e.getKey()), e.getValue() ? 1 : 0))
            .toList(),
        true);
  }

  LongConsumer ackWaits() {
    return waitedNs -> ackWaits.record(waitedNs, TimeUnit.NANOSECONDS);
  }

  private interface Word {
    String of(ModuleReading reading);
  }

  /** One gauge for each word, 1 for the one that holds. */
  private void states(String meter, String tag, List<String> words, Word word) {
    for (String each : words) {
      Gauge.builder(meter, reading, r -> value(r, now -> each.equals(word.of(now)) ? 1 : 0))
          .tags("module", module, tag, each)
          .register(registry);
    }
  }

  private void position() {
    FunctionCounter.builder(
            "lockstep.operations", reading, r -> value(r, ModuleReading::operations))
        .tag("module", module)
        .register(registry);
    gauge("lockstep.sequence", ModuleReading::sequence);
    gauge("lockstep.applied", ModuleReading::applied);
    gauge("lockstep.checkpoint", ModuleReading::checkpoint);
    gauge("lockstep.lag.operations", ModuleReading::lagOperations);
    gauge("lockstep.lag.bytes", ModuleReading::lagBytes);
  }

  private void journal() {
    gauge("lockstep.journal.used.bytes", ModuleReading::journalUsed);
    gauge("lockstep.journal.limit.bytes", ModuleReading::journalLimit);
    gauge("lockstep.journal.free.bytes", ModuleReading::journalFree);
  }

  private void returns() {
    gauge("lockstep.dirty.files", ModuleReading::dirtyFiles);
    gauge("lockstep.dirty.bytes", ModuleReading::dirtyBytes);
    gauge("lockstep.dirty.everything", r -> r.dirtyEverything() ? 1 : 0);
    gauge("lockstep.reintegration.active", r -> r.returning() ? 1 : 0);
    gauge("lockstep.reintegration.ratio", r -> r.returning() ? r.percent() / 100 : Double.NaN);
    gauge("lockstep.reintegration.sent.bytes", ModuleReading::returnSentBytes);
    gauge(
        "lockstep.reintegration.eta.seconds",
        r -> r.returning() && r.etaNs() >= 0 ? r.etaNs() / 1e9 : Double.NaN);
  }

  private void drills() {
    gauge("lockstep.drill.seconds", r -> r.drillGood() ? r.drillNs() / 1e9 : Double.NaN);
    gauge("lockstep.drill.success", r -> r.drillAgeNs() < 0 ? Double.NaN : r.drillGood() ? 1 : 0);
    gauge(
        "lockstep.drill.age.seconds", r -> r.drillAgeNs() < 0 ? Double.NaN : r.drillAgeNs() / 1e9);
  }

  private void transitions() {
    for (String kind : KINDS) {
      for (String result : List.of("ok", "failed")) {
        FunctionCounter.builder(
                "lockstep.transitions",
                reading,
                r -> value(r, now -> now.transitions().getOrDefault(kind + " " + result, 0L)))
            .tags("module", module, "kind", kind, "result", result)
            .register(registry);
      }
    }
  }

  private void gauge(String meter, ToDoubleFunction<ModuleReading> value) {
    Gauge.builder(meter, reading, r -> value(r, value)).tag("module", module).register(registry);
  }

  private static double value(
      Cached<ModuleReading> reading, ToDoubleFunction<ModuleReading> value) {
    ModuleReading now = reading.get();
    return now == null ? Double.NaN : value.applyAsDouble(now);
  }
}

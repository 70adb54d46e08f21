package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.failover.guardian.Progress;
import io.lockstep.failover.role.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Shows that this agent makes progress, for as long as it does: to the guardian, which ends an
 * agent that shows nothing, and to the kernel, which takes addresses away that nobody renews. Two
 * threads, since a renewal may have to wait for the kernel and a pulse may not.
 */
final class Vitals {
  private static final long RENEW_MS = 750;

  /** How soon the guardian learns that a peer could take over now, or no more. */
  private static final long LOOK_MS = 100;

  private final NodeGuard guard;
  private final List<ModuleRuntime> modules;
  private final Supplier<ClusterConfiguration.Timing> timing;
  private final LongSupplier stallChecks;
  private final CountDownLatch ended;
  private volatile boolean moving = true;

  /**
   * Nothing is shown before {@link #start}.
   *
   * @param stallChecks how often the node has looked for writes that wait
   * @param ended when the node has
   */
  Vitals(
      NodeGuard guard,
      List<ModuleRuntime> modules,
      Supplier<ClusterConfiguration.Timing> timing,
      LongSupplier stallChecks,
      CountDownLatch ended) {
    this.guard = guard;
    this.modules = modules;
    this.timing = timing;
    this.stallChecks = stallChecks;
    this.ended = ended;
  }

  void start() {
    daemon("pulse", this::pulse);
    daemon("addresses", this::renew);
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void pulse() {
    Progress before = Progress.NONE;
    try {
      long everyMs = watch();
      long waitedMs = 0;
      while (!ended.await(Math.min(LOOK_MS, everyMs), TimeUnit.MILLISECONDS)) {
        waitedMs += Math.min(LOOK_MS, everyMs);
        everyMs = watch();
        if (waitedMs >= everyMs) {
          waitedMs = 0;
          Progress now = progress();
          moving = now.since(before);
          if (moving) {
            guard.pulse();
            before = now;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Tells the guardian how patient to be, now and then; returns how often to show progress, in ms.
   */
  private long watch() {
    boolean followed = modules.stream().anyMatch(m -> m.state().role() == Role.PRIMARY);
    ClusterConfiguration.Timing now = timing.get();
    guard.bounds(now.systemctl(), now.guardianWait());
    return guard.watch(now.guardianPatience(followed), now.stoppedPatience(followed)).toMillis();
  }

  private Progress progress() {
    Map<String, Long> turns = new HashMap<>();
    turns.put("stall-check", stallChecks.getAsLong());
    for (ModuleRuntime module : modules) {
      turns.put("module " + module.context().name(), module.turns());
    }
    return new Progress(turns);
  }

  private void renew() {
    try {
      while (!ended.await(RENEW_MS, TimeUnit.MILLISECONDS)) {
        if (moving) {
          modules.forEach(ModuleRuntime::renewAddresses);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

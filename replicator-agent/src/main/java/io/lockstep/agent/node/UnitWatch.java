package io.lockstep.agent.node;

import io.lockstep.failover.application.Systemctl;
import io.lockstep.failover.application.Unit;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator should know of the units of systemd's that an application consists of, whether
 * they run here or not: that one is enabled at boot. Looks again from time to time. Any thread.
 */
final class UnitWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnitWatch.class);

  private final Execution execution;
  private volatile String warning = "";
  private Latch ended;

  UnitWatch(Execution execution) {
    this.execution = execution;
    this.ended = new Latch(execution);
  }

  /** From now on at these, and again after each {@code every}. */
  synchronized void look(List<Unit> units, Duration every) {
    close();
    Latch mine = new Latch(execution);
    ended = mine;
    if (!units.isEmpty()) {
      execution.task("units", () -> run(units, every, mine)).start();
    }
  }

  private void run(List<Unit> units, Duration every, Latch until) {
    try {
      do {
        note(warnings(units), until);
      } while (!until.await(every.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String warnings(List<Unit> units) throws InterruptedException {
    List<String> found = new ArrayList<>();
    for (Unit unit : units) {
      try {
        String told = Systemctl.show(unit).warning(unit.name());
        if (!told.isEmpty()) {
          found.add(told);
        }
      } catch (IOException e) {
        found.add(e.getMessage());
      }
    }
    return String.join("; ", found);
  }

  private synchronized void note(String found, Latch until) {
    if (until.isOpen()) {
      return;
    }
    if (!found.isEmpty() && !found.equals(warning)) {
      LOG.warn("{}", found);
    }
    warning = found;
  }

  /** Empty if all is well. */
  String warning() {
    return warning;
  }

  @Override
  public synchronized void close() {
    ended.open();
    warning = "";
  }
}

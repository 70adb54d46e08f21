package io.lockstep.agent.node;

import io.lockstep.failover.application.Systemctl;
import io.lockstep.failover.application.Unit;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator should know of the units of systemd's that an application consists of, whether
 * they run here or not: that one is enabled at boot. Looks again every minute. Any thread.
 */
final class UnitWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnitWatch.class);
  private static final long AGAIN_MS = 60_000;

  private final Execution execution;
  private final long againMs;
  private volatile String warning = "";
  private Latch ended;

  UnitWatch(Execution execution) {
    this(execution, AGAIN_MS);
  }

  UnitWatch(Execution execution, long againMs) {
    this.execution = execution;
    this.againMs = againMs;
    this.ended = new Latch(execution);
  }

  /** From now on at these. */
  synchronized void look(List<Unit> units) {
    close();
    Latch mine = new Latch(execution);
    ended = mine;
    if (!units.isEmpty()) {
      execution.task("units", () -> run(units, mine)).start();
    }
  }

  private void run(List<Unit> units, Latch until) {
    try {
      do {
        note(warnings(units), until);
      } while (!until.await(againMs));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String warnings(List<Unit> units) throws InterruptedException {
    List<String> found = new ArrayList<>();
    for (Unit unit : units) {
      try {
        String told = Systemctl.show(unit, Systemctl.ANSWER).warning(unit.name());
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

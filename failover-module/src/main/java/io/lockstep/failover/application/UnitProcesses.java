package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The processes of steps that systemd runs, with those of a group of the application's own. */
final class UnitProcesses implements ProcessGroup {
  private interface Order {
    void to(Unit unit) throws IOException, InterruptedException;
  }

  private final ProcessGroup group;
  private final List<Unit> units;

  UnitProcesses(ProcessGroup group, List<Unit> units) {
    this.group = group;
    this.units = List.copyOf(units);
  }

  @Override
  public List<String> enclose(List<String> command) {
    return group.enclose(command);
  }

  @Override
  public ProcessGroup part(String name) throws IOException {
    return group.part(name);
  }

  @Override
  public boolean empty() throws IOException {
    if (!group.empty()) {
      return false;
    }
    Set<Unit> running = new HashSet<>();
    each(
        unit -> {
          if (!Systemctl.show(unit).over()) {
            running.add(unit);
          }
        });
    return running.isEmpty();
  }

  @Override
  public Set<String> processNames() throws IOException {
    return group.processNames();
  }

  @Override
  public void kill() throws IOException {
    group.kill();
    each(Systemctl::kill);
  }

  private void each(Order order) throws IOException {
    try {
      for (Unit unit : units) {
        order.to(unit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while systemd was asked", e);
    }
  }

  @Override
  public String handle() {
    return "the units " + units.stream().map(Unit::name).toList() + " and " + group.handle();
  }
}

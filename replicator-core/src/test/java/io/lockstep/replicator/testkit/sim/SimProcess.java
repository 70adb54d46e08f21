package io.lockstep.replicator.testkit.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * A group of simulated threads that live, stand still and die together: an agent, an application,
 * the world around them. Its clocks belong to the host it runs on.
 */
public final class SimProcess {
  private final String name;
  private final SimClock clock;
  final List<SimThread> threads = new ArrayList<>();
  final List<SimThread> held = new ArrayList<>();
  boolean dead;
  boolean frozen;

  /** A process of the host with that clock. */
  public SimProcess(String name, SimClock clock) {
    this.name = name;
    this.clock = clock;
  }

  /** For messages. */
  public String name() {
    return name;
  }

  /** Its host's clocks. */
  public SimClock clock() {
    return clock;
  }

  /** Whether it was killed. */
  public boolean dead() {
    return dead;
  }

  /** Whether it stands still. */
  public boolean frozen() {
    return frozen;
  }

  @Override
  public String toString() {
    return name;
  }
}

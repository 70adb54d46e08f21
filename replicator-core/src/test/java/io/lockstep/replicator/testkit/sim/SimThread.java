package io.lockstep.replicator.testkit.sim;

import java.util.ArrayList;
import java.util.List;

/** One simulated thread. All fields are read and written under the scheduler's baton. */
final class SimThread {
  /** What it does. */
  enum State {
    NEW,
    RUNNABLE,
    RUNNING,
    BLOCKED,
    ENDED
  }

  /** Why a wait ended. */
  enum Wake {
    SIGNAL,
    TIMEOUT,
    INTERRUPT
  }

  final int number;
  final String name;
  final SimProcess process;
  final Runnable body;
  State state = State.NEW;
  Carriers.Carrier carrier;

  /** What it waits for, for messages and for finding circles; null while it does not. */
  Object blockedOn;

  boolean interruptible;
  Wake wake;
  long waitNumber;
  boolean interrupted;
  boolean doomed;
  int deaths;
  final List<SimThread> joiners = new ArrayList<>();

  SimThread(int number, String name, SimProcess process, Runnable body) {
    this.number = number;
    this.name = name;
    this.process = process;
    this.body = body;
  }

  @Override
  public String toString() {
    return process.name() + "/" + name;
  }
}

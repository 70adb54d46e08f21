package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.agent.node.Groups;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Where a run puts something of its own in the place of a part that production's module stands on:
 * nothing in an ordinary run, a deliberate fault in a mutation's. Production's code is the same in
 * both.
 */
class Substitution {
  /** Lockstep's own files. */
  Disk disk(SimHost host) {
    return host.disk;
  }

  /** The replicated tree below the mount. */
  FileStore store(SimHost host) {
    return host.store;
  }

  /** Time, chance, threads, locks. */
  Execution execution(SimExecution execution) {
    return execution;
  }

  /** What one life of an agent measures heartbeats by. */
  LongSupplier heartbeatClock(SimHost host) {
    return host.clock::monotonicNs;
  }

  /** Whom a node's role machine asks. */
  Desk desk(SimHost host, Desk desk) {
    return desk;
  }

  /** What a node's frame becomes on its way out; null for nothing at all. */
  byte[] sends(SimHost host, Link.Lane lane, byte type, byte[] payload) {
    return payload;
  }

  /** A frame has come and was not looked at yet. */
  void comes(SimHost host, Link link, long epoch, byte type, byte[] payload) {}

  /** What a node tells of itself in its heartbeats. */
  PeerStatus tells(SimHost host, PeerStatus status) {
    return status;
  }

  /** A role machine of a node decided on an input. */
  void decided(SimHost host, RoleState state, RoleInput input) {}

  /** The protected application, as the module sees it. */
  ApplicationControl application(ApplicationControl application) {
    return application;
  }

  /** Whether a node that is to take the virtual address away leaves it. */
  boolean keepsTheAddress() {
    return false;
  }

  /** A drill of the host's module is about to be shown its tree, which is held. */
  void drilled(SimHost host) {}

  /** Whether a drill that is to give way does. */
  boolean killsDrills() {
    return true;
  }

  /** Whether an application that is given up is stopped. */
  boolean stopsWhatIsGivenUp() {
    return true;
  }

  /** What the application's supervision goes by. */
  ApplicationSpec specification(ApplicationSpec spec) {
    return spec;
  }

  /** What decides when the group of modules moves. */
  Groups.Machine group(Groups.Machine machine) {
    return machine;
  }

  /** A bit of a file of the host's journal has turned over, at that byte; nobody has it open. */
  void rotten(SimHost host, Path file, long at) throws IOException {}

  /** The run in which the fault is looked for: where it can do harm. */
  Plan plan(Plan drawn) {
    return drawn;
  }

  /** Whether frames have to pass by {@link #sends} and {@link #comes}. */
  boolean onFrames() {
    return false;
  }
}

package io.lockstep.simulator;

import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.port.Rehearsals;
import io.lockstep.replicator.volume.Volume;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an agent on a {@link SimHost} has for an operating system. The world is told before the
 * application sees the tree.
 */
final class SimPlatform implements Platform, Addresses {
  /** Where one module's directory is on the host. */
  interface Tree {
    /** Of its files. */
    FileStore store();

    /** The volume under interception; null when the directory is bare. */
    Front front();

    /** From now on that; null for the bare directory. */
    void front(Front front);

    /** An application is about to see it. */
    void mounted();
  }

  private final SimHost host;
  private final Tree tree;
  private final Execution execution;
  private final World world;
  private final SimRehearsals rehearsals;

  /** {@code rehearsals}: where drills are held, and their processes. */
  SimPlatform(World world, SimHost host, Tree tree, Execution execution, SimRehearsals rehearsals) {
    this.world = world;
    this.rehearsals = rehearsals;
    this.tree = tree;
    this.host = host;
    this.execution = execution;
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public boolean current() {
    return true;
  }

  @Override
  public FileStore openStore(List<Path> directories) {
    host.scheduler.yieldPoint();
    return tree.store();
  }

  @Override
  public Cover cover(Path directory) {
    return tree.front() == null ? Cover.NONE : Cover.INTERCEPTED;
  }

  @Override
  public void uncover(Path directory) {
    tree.front(null);
  }

  @Override
  public void coverReadOnly(Path directory) {}

  @Override
  public Interceptor interceptor() {
    return (volume, directory, at) -> mount(volume, at);
  }

  private Interceptor.Mount mount(Volume volume, Path at) {
    host.scheduler.yieldPoint();
    Front front = new Front(host.scheduler, execution, volume);
    tree.mounted();
    tree.front(front);
    return new Interceptor.Mount() {
      @Override
      public Path at() {
        return at;
      }

      @Override
      public boolean alive() {
        return front.alive();
      }

      @Override
      public String abortHandle() {
        return "front";
      }

      @Override
      public void unmount(long graceMs) {
        host.scheduler.yieldPoint();
        front.unmount();
        if (tree.front() == front) {
          tree.front(null);
        }
      }

      @Override
      public void close() {
        unmount(0);
      }
    };
  }

  @Override
  public Addresses addresses() {
    return this;
  }

  /** For drills alone: the simulator has an application of its own. */
  @Override
  public ProcessGroups processGroups() {
    return rehearsals;
  }

  @Override
  public Rehearsals rehearsals() {
    return rehearsals;
  }

  @Override
  public String bootId() {
    return host.bootId();
  }

  @Override
  public long bootTimeNs() {
    return host.clock.monotonicNs();
  }

  // ---- addresses

  @Override
  public void add(VirtualAddress address, Duration lifetime) {
    host.scheduler.yieldPoint();
    world.addressAdded(host);
    host.addressUntilNs = host.clock.monotonicNs() + lifetime.toNanos();
  }

  @Override
  public void remove(VirtualAddress address) {
    host.scheduler.yieldPoint();
    if (!world.substitution().keepsTheAddress()) {
      host.addressUntilNs = Long.MIN_VALUE;
    }
  }

  @Override
  public boolean present(VirtualAddress address) {
    return host.address();
  }

  @Override
  public void announce(VirtualAddress address) {}

  @Override
  public boolean takenByAnother(VirtualAddress address, Duration wait) {
    host.scheduler.pause(wait.toNanos());
    return world.answersAtTheAddress(world.peer(host));
  }
}

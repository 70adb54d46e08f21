package io.lockstep.agent.node;

import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.nio.file.Path;
import java.util.List;

/** A machine with a file store; nothing else is asked of it. */
final class NoPlatform implements Platform {
  @Override
  public String name() {
    return "none";
  }

  @Override
  public boolean current() {
    return true;
  }

  @Override
  public FileStore openStore(List<Path> directories) {
    return new SimStore();
  }

  @Override
  public Cover cover(Path directory) {
    return Cover.NONE;
  }

  @Override
  public void uncover(Path directory) {}

  @Override
  public void coverReadOnly(Path directory) {}

  @Override
  public Interceptor interceptor() {
    throw new AssertionError("mounts nothing");
  }

  @Override
  public Addresses addresses() {
    throw new AssertionError("takes no address");
  }

  @Override
  public ProcessGroups processGroups() {
    throw new AssertionError("runs nothing");
  }

  @Override
  public String bootId() {
    return "boot";
  }

  @Override
  public long bootTimeNs() {
    return System.nanoTime();
  }
}

package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.testkit.PlainSegmentAppender;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.nio.file.Path;
import java.util.List;

/** A machine with a file store; nothing else is asked of it. */
final class NoPlatform implements Platform {
  /** The only module of a pair, with its state below {@code home}; what ends it is a failure. */
  static ModuleContext module(Path home) throws ConfigurationException {
    ClusterConfiguration cluster =
        ClusterConfiguration.parse(
            "f",
            """
            cluster: {name: c, keyFile: /etc/key}
            nodes:
              a: {link: 10.0.0.1:7400, heartbeats: [10.0.0.1:7401]}
              b: {link: 10.0.0.2:7400, heartbeats: [10.0.0.2:7401]}
            journal: {directory: "%s/state"}
            modules:
              desk:
                directories: [{path: %s/desk}]
            """
                .formatted(home, home));
    Host host =
        new Host(
            new NoPlatform(),
            new SystemExecution(),
            new SystemDisk(),
            PlainSegmentAppender::new,
            50,
            (what, why) -> {
              throw new AssertionError(what, why);
            });
    return new ModuleContext(cluster, "a", cluster.modules().get("desk"), 0, host);
  }

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

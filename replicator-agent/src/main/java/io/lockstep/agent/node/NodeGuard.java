package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.NodeConfiguration;
import io.lockstep.failover.guardian.Guardian;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's guardian process, told of everything that must not outlive the agent. Any thread. */
final class NodeGuard implements Guard, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeGuard.class);

  private final Guardian guardian;
  private final NodeConfiguration mine;
  private final NodeConfiguration peer;

  private NodeGuard(Guardian guardian, NodeConfiguration mine, NodeConfiguration peer) {
    this.guardian = guardian;
    this.mine = mine;
    this.peer = peer;
  }

  /**
   * Waits until the guardian of an earlier life of this agent has done its work, then starts the
   * new one.
   *
   * @throws IOException when it does not end, or the new one does not start
   */
  static NodeGuard start(Path state, Path logs, ClusterConfiguration configuration, String node)
      throws IOException {
    try {
      Guardian.awaitPredecessor(state, longest(configuration));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the last guardian", e);
    }
    Guardian guardian = Guardian.start(state, logs.resolve("guardian.log"));
    return new NodeGuard(guardian, configuration.node(node), configuration.peerOf(node));
  }

  /** How long one may work under that configuration. */
  static Duration longest(ClusterConfiguration configuration) {
    int units =
        configuration.modules().values().stream()
            .flatMap(module -> module.application().stream())
            .mapToInt(application -> application.units().size())
            .sum();
    return Guardian.longest(
        configuration.timing().systemctl(), configuration.timing().guardianWait(), units);
  }

  @Override
  public void mounted(String abortHandle, Path at) {
    guardian.fuse(abortHandle, at);
  }

  @Override
  public void unmounted(String abortHandle, Path at) {
    guardian.forgetFuse(abortHandle, at);
  }

  @Override
  public void address(VirtualAddress a) {
    guardian.address(a.address(), a.prefixBits(), a.networkInterface());
  }

  @Override
  public void noAddress(VirtualAddress a) {
    guardian.forgetAddress(a.address(), a.prefixBits(), a.networkInterface());
  }

  @Override
  public void processes(String handle) {
    cgroup(handle);
  }

  void cgroup(String handle) {
    guardian.cgroup(handle);
  }

  void unit(String systemctl, String name) {
    guardian.unit(systemctl, name);
  }

  void noUnit(String systemctl, String name) {
    guardian.forgetUnit(systemctl, name);
  }

  /** The goodbye that counts from now on, for every network. */
  void goodbye(byte[] datagram) {
    try {
      for (int i = 0; i < mine.heartbeats().size(); i++) {
        guardian.goodbye(
            peer.heartbeats().get(i).socketAddress(), mine.heartbeats().get(i).address(), datagram);
      }
    } catch (IOException e) {
      LOG.warn(
          "The guardian has no goodbye to say ({}): if this agent dies the peer waits for the full"
              + " silence",
          e.getMessage());
    }
  }

  /** See {@link Guardian#watch}. */
  Duration watch(Duration patience, Duration stopped) {
    return guardian.watch(patience, stopped);
  }

  /** See {@link Guardian#bounds}. */
  void bounds(Duration systemctl, Duration end) {
    guardian.bounds(systemctl, end);
  }

  /** See {@link Guardian#pulse}. */
  void pulse() {
    guardian.pulse();
  }

  /** This agent ends in good order: nothing is to be cleaned up. */
  void planned() {
    guardian.planned();
  }

  @Override
  public void close() throws IOException {
    guardian.close();
  }
}

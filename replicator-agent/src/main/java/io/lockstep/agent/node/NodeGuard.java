package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.io.IOException;
import java.nio.file.Path;

/** Without a guardian process for now. */
final class NodeGuard implements Guard, AutoCloseable {
  static NodeGuard start(Path state, Path logs, ClusterConfiguration configuration) throws IOException {
    return new NodeGuard();
  }

  @Override
  public void mounted(String abortHandle, Path at) {}

  @Override
  public void unmounted(String abortHandle, Path at) {}

  @Override
  public void address(VirtualAddress address) {}

  @Override
  public void noAddress(VirtualAddress address) {}

  void cgroup(String handle) {}

  void goodbye(byte[] datagram) {}

  void planned() {}

  @Override
  public void close() {}
}

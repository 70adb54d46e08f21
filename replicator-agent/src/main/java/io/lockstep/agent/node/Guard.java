package io.lockstep.agent.node;

import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.nio.file.Path;

/**
 * Who cleans up when this process dies: told of everything that must not outlive it. Any thread.
 */
public interface Guard {
  void mounted(String abortHandle, Path at);

  void unmounted(String abortHandle, Path at);

  void address(VirtualAddress address);

  void noAddress(VirtualAddress address);

  /** Everything in the process group of that handle dies with this process. */
  default void processes(String handle) {}
}

package io.lockstep.replicator.port;

import java.io.IOException;
import java.util.Optional;

/**
 * Writes to a connection's socket from any thread, past its event loop: who has a frame to send
 * need not wake another thread for it. Used by one thread at a time.
 */
public interface SocketWriter extends AutoCloseable {
  /** Makes writers where the system allows it. */
  @FunctionalInterface
  interface Maker {
    /** The event loop writes everything. */
    Maker NONE = descriptor -> Optional.empty();

    /**
     * A writer to the connected socket with this descriptor, which stays its owner's; the
     * connection is open until both are closed.
     */
    Optional<SocketWriter> writer(int descriptor) throws IOException;

    /** A reader of it, likewise. */
    default Optional<SocketReader> reader(int descriptor) throws IOException {
      return Optional.empty();
    }
  }

  /**
   * Hands bytes at a native address to the system, without waiting.
   *
   * @return how many it took; 0 when it takes none now
   */
  int send(long address, int bytes) throws IOException;

  @Override
  void close();
}

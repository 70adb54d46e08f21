package io.lockstep.replicator.port;

import java.io.IOException;

/**
 * Reads a connection's socket from any thread, past its event loop: who waits for an answer need
 * not be woken by another thread that read it. Used by one thread at a time.
 */
public interface SocketReader extends AutoCloseable {
  /** The peer sends no more. */
  int ENDED = -1;

  /**
   * Takes what has come, to a native address, without waiting.
   *
   * @return how many bytes; 0 when there are none now, {@link #ENDED} when none will come
   */
  int receive(long address, int bytes) throws IOException;

  /** Waits until there is something to receive, or the connection ended, or the time is over. */
  void await(int timeoutMs) throws IOException;

  @Override
  void close();
}

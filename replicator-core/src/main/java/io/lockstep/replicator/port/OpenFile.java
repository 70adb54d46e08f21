package io.lockstep.replicator.port;

/**
 * A file that a {@link FileStore} has open. Opaque; valid until closed; keeps reaching the file
 * after its last name is gone.
 */
public interface OpenFile extends AutoCloseable {
  /** Frees the descriptor. Never throws for a second call. */
  @Override
  void close();
}

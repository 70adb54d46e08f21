package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.StoreException;

/**
 * What the volume needs of replication: numbers for its operations, and to know when each may have
 * its effect here and be answered. Safe for any thread.
 */
public interface Sequencer {
  /**
   * Numbers {@code operation} and sends it to the peer, or tracks it when this node serves alone.
   * Called while the volume holds what keeps the operation's order; does not wait for the peer, but
   * may wait for room when the peer is far behind, and for stable storage when it tracks. The
   * operation's buffers are not used after the return.
   *
   * @param force whether the peer shall force its journal with it
   * @return its sequence
   * @throws StoreException when this node may not modify anything now
   */
  long submit(Operation operation, boolean force) throws StoreException;

  /**
   * Waits until the peer has {@code operation} in its journal, or this node serves alone and has
   * its target durably among what it must send later.
   *
   * @throws StoreException IO when neither will happen: the operation's outcome is unknown
   */
  void awaitReceived(long sequence, Operation operation) throws StoreException;

  /** Tells that {@code operation} had its effect on this node's tree, or was compensated. */
  void completed(long sequence, Operation operation);

  /** Tells that this node's tree refused {@code operation}; its compensation follows. */
  void failed(Operation operation) throws StoreException;

  /**
   * Asks the peer to force its journal through everything numbered so far; returns that sequence.
   */
  long requestForce() throws StoreException;

  /**
   * Waits until everything to {@code sequence} is on the peer's stable storage, or this node serves
   * alone.
   */
  void awaitDurable(long sequence) throws StoreException;
}

package io.lockstep.replicator.volume;

import io.lockstep.replicator.port.StoreException;
import java.util.Arrays;
import java.util.Comparator;

/**
 * One modification between its entry through the gate and its end: holds the order of every node it
 * concerns.
 */
final class Modifying implements AutoCloseable {
  private final VolumeGate gate;
  private final Node[] nodes;

  /**
   * Waits for the gate and for earlier modifications of the same nodes. A node may be named twice.
   *
   * @throws StoreException when the gate is shut
   */
  Modifying(VolumeGate gate, long bytes, Node... concerned) throws StoreException {
    this.gate = gate;
    this.nodes = concerned;
    gate.enter(bytes);
    if (nodes.length > 1) {
      Arrays.sort(nodes, Comparator.comparingLong(Node::number));
    }
    for (Node node : nodes) {
      node.order().lock();
    }
  }

  @Override
  public void close() {
    for (Node node : nodes) {
      node.order().unlock();
    }
    gate.leave();
  }
}

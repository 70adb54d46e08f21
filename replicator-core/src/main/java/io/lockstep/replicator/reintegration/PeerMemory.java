package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.TreePath;

/**
 * Counts the memory of elements that the other node names, up to a bound: a peer that never stops
 * naming must not exhaust this node's heap. Not thread-safe.
 */
final class PeerMemory {
  /** An element with its identity and its place in lists and maps, without its path. */
  private static final int ELEMENT_BYTES = 160;

  private long leftBytes;

  /** Room for elements of {@code bytes} in all. */
  PeerMemory(long bytes) {
    this.leftBytes = bytes;
  }

  /** Takes the room of one more element; returns whether there was enough. */
  boolean take(TreePath path) {
    leftBytes -= ELEMENT_BYTES + path.bytes().length;
    return leftBytes >= 0;
  }
}

package io.lockstep.replicator.model;

import java.nio.ByteBuffer;

/**
 * One modification of the tree, recorded by its outcome so that it can be replayed over any tree
 * that already holds some of what came after it: files by identity, resolved offsets, explicit
 * times.
 *
 * <p>Every path is the one that was true when the operation was numbered. {@code timeNs} becomes
 * the time of modification of what changed (the file for data, the directories for names) on both
 * nodes; attributes carry their own times.
 */
public sealed interface Operation {
  /** The file that changes. */
  FileId id();

  /** Where it is (for a creation: will be). */
  TreePath path();

  /** When, in ns since 1970, by the numbering node's clock. */
  long timeNs();

  /** What changes, without its occasion. */
  default Operation plain() {
    return this;
  }

  /**
   * Bytes at an offset. {@code data} is read from its position to its limit and never changed; it
   * is only valid as long as the one that hands it over says.
   */
  record Write(FileId id, TreePath path, long offset, ByteBuffer data, long timeNs)
      implements Operation {}

  /** A new length: cut, or grown by a hole. */
  record Truncate(FileId id, TreePath path, long sizeBytes, long timeNs) implements Operation {}

  /** Space reserved, zeroed or freed. */
  record Allocate(
      FileId id, TreePath path, Allocation how, long offset, long lengthBytes, long timeNs)
      implements Operation {}

  /** A new file, directory, link or device under a name that was free. */
  record Create(FileId id, FileId parent, TreePath path, NewFile file, long timeNs)
      implements Operation {}

  /** One more name, {@code path} in {@code parent}, for the file also known as {@code existing}. */
  record Link(FileId id, TreePath existing, FileId parent, TreePath path, long timeNs)
      implements Operation {}

  /** A name, and with the last one the file, is gone; a directory only when empty. */
  record Remove(FileId id, FileId parent, TreePath path, boolean directory, long timeNs)
      implements Operation {}

  /**
   * A name moves from {@code path} to {@code to}; {@code replaced} is the file that had that name,
   * or {@link FileId#NONE}.
   */
  record Rename(
      FileId id,
      FileId parent,
      TreePath path,
      FileId toParent,
      TreePath to,
      FileId replaced,
      long timeNs)
      implements Operation {}

  /** Two names change places. */
  record Exchange(
      FileId id,
      FileId parent,
      TreePath path,
      FileId other,
      FileId otherParent,
      TreePath otherPath,
      long timeNs)
      implements Operation {}

  /** Attributes change. */
  record SetAttributes(FileId id, TreePath path, AttributeChange change, long timeNs)
      implements Operation {}

  /** An extended attribute (ACLs included) is set, whether or not it was there. */
  record SetXattr(FileId id, TreePath path, byte[] name, byte[] value, long timeNs)
      implements Operation {}

  /** An extended attribute is gone. */
  record RemoveXattr(FileId id, TreePath path, byte[] name, long timeNs) implements Operation {}

  /** A file that was there before replication began gets its identity. */
  record Identify(FileId id, TreePath path, long timeNs) implements Operation {}

  /**
   * Takes back, or brings to what it really became, the operation number {@code failedSequence},
   * which the numbering node's own store refused after the peer had it. The peer performs {@code
   * outcome} whatever its tree holds, and forgives its own failure at the refused operation.
   */
  record Compensate(Operation outcome, long failedSequence) implements Operation {
    @Override
    public FileId id() {
      return outcome.id();
    }

    @Override
    public TreePath path() {
      return outcome.path();
    }

    @Override
    public long timeNs() {
      return outcome.timeNs();
    }

    @Override
    public Operation plain() {
      return outcome;
    }
  }
}

package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.protocol.StreamMessages.Ack;

/**
 * How far the secondary has come: the sequences up to which everything is received, durable,
 * applied and in a checkpoint.
 *
 * <p>Any thread reads them, without a lock. What is received and durable grows under {@link
 * SecondaryCopy#frames}, what is applied under the {@link Applier}'s lock, the checkpoint under
 * that of {@link TreeCheckpoints}; where the journal begins anew all are set under {@code frames}.
 */
final class SecondaryMarks {
  private volatile long received;
  private volatile long durable;
  private volatile long applied;
  private volatile long checkpoint;
  private volatile long peerCheckpoint;

  /** Another one whenever the journal begins anew. */
  private volatile Object journal = new Object();

  /** Of a journal, and of a tree that has everything at or below {@code checkpoint}. */
  SecondaryMarks(long received, long durable, long checkpoint) {
    this.received = received;
    this.durable = durable;
    this.applied = checkpoint;
    this.checkpoint = checkpoint;
  }

  /** In the journal. */
  long received() {
    return received;
  }

  /** In the journal, and forced. */
  long durable() {
    return durable;
  }

  /** In the tree. */
  long applied() {
    return applied;
  }

  /** In the tree, and on stable storage. */
  long checkpoint() {
    return checkpoint;
  }

  /** In the primary's tree, and on stable storage there. */
  long peerCheckpoint() {
    return peerCheckpoint;
  }

  /** Before the threads start: the tree counts as having the journal to its end. */
  void start(long journalEnd) {
    applied = Math.max(journalEnd, checkpoint);
    received = applied;
  }

  /** The tree has the journal to its end, on stable storage. */
  void mended(long journalEnd) {
    received = Math.max(journalEnd, checkpoint);
    applied = received;
    checkpoint = received;
  }

  /** The journal begins anew behind {@code last}, and the tree has everything to there. */
  void restart(long last) {
    checkpoint = last; // first: who takes checkpoints reads without the lock, and finds none due
    applied = last;
    durable = last;
    received = last;
    journal = new Object();
  }

  /** Which of the journals that this stream has had is the present one; for {@link #forced}. */
  Object journal() {
    return journal;
  }

  void received(long sequence) {
    received = sequence;
  }

  /**
   * The journal is forced to there.
   *
   * @param forcedJournal what {@link #journal} was before that
   * @return whether that counts: not where the journal began anew meanwhile, whose numbers may be
   *     the same
   */
  boolean forced(long sequence, Object forcedJournal) {
    if (forcedJournal != journal) {
      return false;
    }
    durable = Math.max(durable, Math.min(sequence, received));
    return true;
  }

  void applied(long sequence) {
    applied = sequence;
  }

  void checkpointed(long sequence) {
    checkpoint = sequence;
  }

  void peerCheckpointed(long sequence) {
    peerCheckpoint = Math.max(peerCheckpoint, sequence);
  }

  /** What the primary is told. */
  Ack ack(Generation generation) {
    return new Ack(
        generation, received, Math.min(durable, received), Math.min(applied, received), checkpoint);
  }
}

package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the stream tells the {@link AloneTracker}, and what becomes of an operation that it cannot
 * remember. Safe for any thread; called without the stream's lock, since it may wait for stable
 * storage.
 */
final class StreamTracking {
  private final AloneTracker tracker;
  private final CompletionMark completion;

  /** Why what is on its way to the peer could not be tracked, until its writer has waited. */
  private final Map<Long, StoreException> untracked = new ConcurrentHashMap<>();

  StreamTracking(AloneTracker tracker, CompletionMark completion) {
    this.tracker = tracker;
    this.completion = completion;
  }

  /**
   * One that the peer does not get. If it is refused it has its number all the same, and nothing
   * will come of it.
   */
  void alone(long sequence, Operation operation) throws StoreException {
    try {
      track(operation, false);
    } catch (StoreException e) {
      completion.completed(sequence);
      throw e;
    }
  }

  /** One that goes to the peer too, before it does; returns why it cannot be tracked, or null. */
  StoreException ahead(Operation operation) {
    try {
      track(operation, true);
      return null;
    } catch (StoreException e) {
      return e;
    }
  }

  /**
   * One that goes to the peer too has its number. If it could not be tracked it is on its way all
   * the same, and has its effect on both nodes once the peer has it; on neither by this node's
   * doing if the peer is gone before.
   *
   * @param untracked what {@link #ahead} returned
   */
  void sent(long sequence, StoreException untracked) {
    if (untracked != null) {
      this.untracked.put(sequence, untracked);
    }
  }

  /**
   * Why it could not be tracked when it was {@link #sent}, for the one who waits for it; null if it
   * could.
   */
  StoreException refused(long sequence) {
    // the usual way allocates nothing
    return untracked.isEmpty() ? null : untracked.remove(sequence);
  }

  /**
   * One that waited for the peer has its effect on this node alone, if it can be tracked.
   *
   * @param refused what {@link #refused} told of it
   */
  void released(long sequence, Operation operation, StoreException refused) throws StoreException {
    try {
      if (refused != null) {
        throw refused;
      }
      track(operation, true);
    } catch (StoreException e) {
      completion.completed(sequence);
      throw e;
    }
  }

  private void track(Operation operation, boolean sent) throws StoreException {
    try {
      tracker.track(operation.plain(), sent);
    } catch (IOException e) {
      throw new StoreException(
          Failure.IO,
          "cannot record durably that " + operation.path() + " changes: " + e.getMessage());
    }
  }

  /**
   * One that waited for the peer has no effect here, and none of the modes in which it may have
   * been tracked is this one any more: the tracker knows itself whether that concerns it. What it
   * cannot record is added to {@code why}.
   */
  void givenUp(Operation operation, StoreException why) {
    try {
      tracker.failed(operation.plain());
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** As {@link Sequencer#completed}. */
  void completed(long sequence, Operation operation) {
    completion.completed(sequence);
    tracker.settled(operation);
  }

  /** As {@link Sequencer#failed}. */
  void failed(Operation operation) throws StoreException {
    try {
      tracker.failed(operation.plain());
    } catch (IOException e) {
      throw new StoreException(
          Failure.IO,
          "cannot record durably what " + operation.path() + " became: " + e.getMessage());
    }
  }
}

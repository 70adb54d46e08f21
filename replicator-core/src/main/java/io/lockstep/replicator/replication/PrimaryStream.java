package io.lockstep.replicator.replication;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving node's end of the operations stream: numbers operations, sends them, and lets each
 * application go on when the peer has its operation.
 *
 * <p>What it does with an operation is its {@link Mode}; the role machine's shell changes the mode,
 * and only after everything that the new mode presumes is durable. Safe for any thread.
 *
 * <p>Here are the changes of the mode, and what comes from the peer. The way of an operation is
 * {@link StreamSequencer}'s. One lock, the stream's, is over the mode ({@link StreamMode}), what
 * was numbered ({@link SendWindow}), what is sent ({@link StreamSender}) and who waits for the peer
 * ({@link PeerWaits}), not over what is tracked ({@link StreamTracking}).
 */
public final class PrimaryStream implements Sequencer {
  /** What happens to a modification now. */
  public enum Mode {
    /** Refused: this node does not serve. */
    CLOSED,
    /** Sent; waits for the peer. */
    STREAMING,
    /** Kept to be sent; waits for the link or for a decision. */
    BLOCKED,
    /** Tracked; the peer does not get it. */
    ALONE,
    /** Tracked, sent, and waits for the peer too: the end of a reintegration. */
    DUAL
  }

  /**
   * Bounds.
   *
   * @param windowBytes most bytes kept to be sent again, until durable at the peer
   * @param lagBytes most bytes that the peer may have received and not applied
   */
  public record Limits(long windowBytes, long lagBytes) {}

  private static final Logger LOG = LoggerFactory.getLogger(PrimaryStream.class);

  private final ReentrantLock lock;
  private final StreamMode mode = new StreamMode();
  private final SendWindow window = new SendWindow(0);
  private final CompletionMark completion = new CompletionMark(0);
  private final StreamSender sender;
  private final PeerWaits waits;
  private final StreamSequencer sequencer;

  /** {@code tracker} is told of every operation in the modes ALONE and DUAL. */
  public PrimaryStream(
      Execution execution, Link link, int module, Limits limits, AloneTracker tracker) {
    this.lock = execution.lock();
    this.sender = new StreamSender(execution, link, module, window);
    this.waits = new PeerWaits(execution, lock, link, limits, mode, window, sender);
    StreamTracking tracking = new StreamTracking(tracker, completion);
    this.sequencer =
        new StreamSequencer(execution, lock, limits, mode, window, sender, waits, tracking);
  }

  /** Tells {@code observer} how long (ns) each operation waited for the peer to have it. */
  public void observeAckWaits(LongConsumer observer) {
    sequencer.observeAckWaits(observer);
  }

  /** Begins to serve alone: the next operation is {@code last + 1} of {@code newGeneration}. */
  public void openAlone(Generation newGeneration, long last) {
    locked(
        () -> {
          sender.begin(newGeneration);
          window.restart(last);
          completion.restart(last);
          mode.runAlone(last);
        });
  }

  /** Refuses modifications from now on; those that wait fail with {@code reason}. */
  public void close(String reason) {
    locked(
        () -> {
          mode.close(reason);
          sender.disconnect();
        });
  }

  /** Forgets what it numbered; until the next {@link #openAlone} it numbers nothing. */
  public void forget() {
    locked(
        () -> {
          mode.become(Mode.CLOSED);
          window.restart(0);
          completion.restart(0);
        });
  }

  /**
   * The peer, whose journal ends at {@code peerLast}, can be streamed to on connection {@code
   * newEpoch}: what it lacks is sent again, in order, and then what comes.
   *
   * @return false when it lacks something that is no longer kept: it must be reintegrated
   */
  public boolean attach(long newEpoch, long peerLast) {
    lock.lock();
    try {
      if (mode.now() != Mode.BLOCKED && mode.now() != Mode.STREAMING || !window.covers(peerLast)) {
        return false;
      }
      sender.connect(newEpoch);
      waits.receiptAwaited();
      window.rewindReceived(peerLast);
      window.above(peerLast, entry -> sender.queue(entry.frame()));
      mode.become(Mode.STREAMING);
      sender.askForce();
      waits.disturb();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The connection is gone: modifications wait. */
  public void detach() {
    locked(
        () -> {
          sender.disconnect();
          if (mode.sends()) {
            mode.become(Mode.BLOCKED);
          }
        });
  }

  /**
   * The operations of which it is unsure whether a peer that lost power still has them; oldest
   * first. Where they change and how far, not with what: the memory of their data is used again.
   */
  public List<Operation> unconfirmed() throws IOException {
    lock.lock();
    try {
      return window.unconfirmed();
    } finally {
      lock.unlock();
    }
  }

  /**
   * From now on modifications are tracked and do not wait. The caller has made durable before:
   * {@code newGeneration} with its fork, and the targets of everything {@link #unconfirmed}.
   * Operations that waited for the peer are released.
   *
   * <p>Operations that were numbered since {@link #unconfirmed} was read are tracked before they
   * are released, each by the thread that waits for it.
   */
  public void goAlone(Generation newGeneration) {
    locked(
        () -> {
          sender.begin(newGeneration);
          long last = window.last();
          window.restart(last);
          mode.runAlone(last);
          sender.disconnect();
        });
  }

  /**
   * From the next operation on, sends as well as tracks. Called with the volume held.
   *
   * @return the sequence after which the stream begins: the last one that the peer gets by
   *     reintegration
   */
  public long beginDual(long newEpoch) {
    lock.lock();
    try {
      window.restart(window.last());
      sender.connect(newEpoch);
      mode.become(Mode.DUAL);
      sender.mark(StreamMessages.FOLLOW, window.last());
      return window.last();
    } finally {
      lock.unlock();
    }
  }

  /** The reintegration is committed on both nodes: what changes is tracked no more. */
  public boolean commitDual() {
    lock.lock();
    try {
      if (mode.now() != Mode.DUAL) {
        return false;
      }
      mode.become(Mode.STREAMING);
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long submit(Operation operation, boolean force) throws StoreException {
    return sequencer.submit(operation, force);
  }

  @Override
  public void awaitReceived(long sequence, Operation operation) throws StoreException {
    sequencer.awaitReceived(sequence, operation);
  }

  @Override
  public void completed(long sequence, Operation operation) {
    sequencer.completed(sequence, operation);
  }

  @Override
  public void failed(Operation operation) throws StoreException {
    sequencer.failed(operation);
  }

  @Override
  public long requestForce() throws StoreException {
    return sequencer.requestForce();
  }

  @Override
  public void awaitDurable(long sequence) throws StoreException {
    sequencer.awaitDurable(sequence);
  }

  /**
   * As {@link #awaitDurable(long)}; returns whether it came to that within {@code timeoutMs}, and
   * false at once when the peer cannot be reached.
   */
  public boolean awaitDurable(long sequence, long timeoutMs) throws StoreException {
    return waits.awaitDurable(sequence, TimeUnit.MILLISECONDS.toNanos(timeoutMs));
  }

  /**
   * Sends again, on the bulk lane, what the peer has not acknowledged for {@code afterNs}: a
   * network that loses much holds up a connection for seconds when it loses the same segment
   * several times. Not on the operations lane, where the copies would hold up what comes after
   * them. The peer takes each operation once, and answers on both lanes. The oldest operations
   * only, and not before as much time has passed again; call often.
   */
  public void insist(long afterNs) {
    lock.lock();
    try {
      if (mode.sends() && window.received() < window.last()) {
        sender.sendAgain(waits.oldestWaitNs(), afterNs);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes the peer's acknowledgement; one of another connection or generation is ignored. */
  public void acknowledged(long ackEpoch, Ack ack) {
    lock.lock();
    try {
      if (!sender.isAbout(ackEpoch, ack.generation())) {
        return;
      }
      CrashPoint.PRIMARY_ACKNOWLEDGED.reached();
      if (!waits.acknowledge(ack)) {
        LOG.error("The peer acknowledges {}, which was never sent; closing the link", ack);
        sender.drop("impossible acknowledgement " + ack);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Tells the peer this node's own checkpoint, so that it can trim what it keeps for this node. */
  public void tellCheckpoint(long checkpoint) {
    locked(
        () -> {
          if (mode.sends()) {
            sender.mark(StreamMessages.CHECKPOINT, checkpoint);
          }
        });
  }

  /**
   * For how long (ns) the application has been waiting for the peer without any progress: for an
   * operation to be received, or for room; 0 if nothing waits.
   */
  public long stalledNs() {
    lock.lock();
    try {
      return waits.stalledNs();
    } finally {
      lock.unlock();
    }
  }

  /**
   * For how long (ns) the application has been waiting for something to be durable at the peer,
   * while nothing more became durable there; 0 if nothing waits.
   */
  public long syncStalledNs() {
    lock.lock();
    try {
      return waits.syncStalledNs();
    } finally {
      lock.unlock();
    }
  }

  /** What happens to modifications now. */
  public Mode mode() {
    return mode.now();
  }

  /** The generation under which operations are numbered now. */
  public Generation generation() {
    lock.lock();
    try {
      return sender.generation();
    } finally {
      lock.unlock();
    }
  }

  /** Every operation to this sequence has had its effect on this node's tree. */
  public long completedSequence() {
    return completion.value();
  }

  /** How far this stream has come, for status and decisions. All sequences inclusive. */
  public record Progress(
      long last, long received, long durable, long applied, long unappliedBytes, long operations) {}

  /** A consistent picture. */
  public Progress progress() {
    lock.lock();
    try {
      return new Progress(
          window.last(),
          window.received(),
          window.durable(),
          window.applied(),
          window.unappliedBytes(),
          sequencer.operations());
    } finally {
      lock.unlock();
    }
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      waits.disturb();
    } finally {
      lock.unlock();
    }
  }
}

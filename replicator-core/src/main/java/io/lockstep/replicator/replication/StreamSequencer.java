package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.replication.PrimaryStream.Limits;
import io.lockstep.replicator.replication.PrimaryStream.Mode;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The way of one operation through the stream: it gets the next number, goes to the peer or is
 * tracked or both, as the mode wants it, waits for the peer, and has its effect or not. Takes the
 * stream's lock itself, but for {@link #operations}. Safe for any thread.
 */
final class StreamSequencer implements Sequencer {
  private final Execution execution;
  private final ReentrantLock lock;
  private final Limits limits;
  private final StreamMode mode;
  private final SendWindow window;
  private final StreamSender sender;
  private final PeerWaits waits;
  private final StreamTracking tracking;
  private volatile LongConsumer ackWaits = waitedNs -> {};
  private long operations;

  /** {@code lock} is the stream's, which guards all the others but {@code tracking}. */
  StreamSequencer(
      Execution execution,
      ReentrantLock lock,
      Limits limits,
      StreamMode mode,
      SendWindow window,
      StreamSender sender,
      PeerWaits waits,
      StreamTracking tracking) {
    this.execution = execution;
    this.lock = lock;
    this.limits = limits;
    this.mode = mode;
    this.window = window;
    this.sender = sender;
    this.waits = waits;
    this.tracking = tracking;
  }

  /** As {@link PrimaryStream#observeAckWaits}. */
  void observeAckWaits(LongConsumer observer) {
    ackWaits = observer;
  }

  /**
   * As {@link Sequencer#submit}. While a return ends (DUAL) an operation is tracked before it is
   * sent: should both nodes lose power, the peer's tree may hold what its journal tells of no more.
   */
  @Override
  public long submit(Operation operation, boolean force) throws StoreException {
    boolean dual = mode.now() == Mode.DUAL;
    StoreException untracked = dual ? tracking.ahead(operation) : null;
    try {
      return submit(operation, force, dual, untracked);
    } catch (StoreException e) {
      if (dual) {
        tracking.givenUp(operation, e);
      }
      throw e;
    }
  }

  private long submit(Operation operation, boolean force, boolean ahead, StoreException untracked)
      throws StoreException {
    Mode entered;
    long sequence;
    long sentOn;
    for (boolean lacked = false; ; lacked = true) {
      if (lacked) {
        waits.awaitRoom();
      }
      lock.lock();
      try {
        if (waits.lacksRoom()) {
          continue;
        }
        entered = mode.now();
        number(operation, force);
        sequence = window.last();
        sentOn = sender.epoch();
        operations++;
        break;
      } finally {
        lock.unlock();
      }
    }
    // the lock is over the order, not over the system call
    sender.flush(sentOn);
    if (entered == Mode.ALONE) {
      tracking.alone(sequence, operation);
    } else if (entered == Mode.DUAL) {
      tracking.sent(sequence, ahead ? untracked : tracking.ahead(operation));
    }
    return sequence;
  }

  /** Gives it the next number, and queues it for the peer where it is to get it. */
  private void number(Operation operation, boolean force) throws StoreException {
    mode.refuseIfClosed();
    if (mode.now() == Mode.ALONE) {
      window.skip();
      return;
    }
    FrameMemory.Room encoded = encode(operation, window.next(), force);
    waits.receiptAwaited();
    window.add(encoded);
    CrashPoint.PRIMARY_NUMBERED.reached();
    if (mode.sends()) {
      sender.queue(encoded.bytes());
      CrashPoint.PRIMARY_SENT.reached();
      // before nothing more may be kept, so that nobody has to wait while the peer forces
      sender.askForceAbove(limits.windowBytes() / 2);
    }
  }

  private FrameMemory.Room encode(Operation operation, long sequence, boolean force) {
    FrameMemory.Room room =
        window.room(StreamMessages.OPERATION_HEADER_BYTES + OperationCodec.maxBytes(operation));
    ByteBuffer buffer = room.bytes();
    StreamMessages.putOperationHeader(buffer, sender.generation(), sequence, force);
    OperationCodec.encode(operation, buffer);
    buffer.flip();
    return room;
  }

  @Override
  public void awaitReceived(long sequence, Operation operation) throws StoreException {
    long begunNs = execution.nanoTime();
    StoreException refused = tracking.refused(sequence);
    try {
      waits.awaitReceived(sequence);
    } catch (StoreException e) {
      tracking.givenUp(operation, e);
      throw e;
    }
    if (sequence <= mode.alonePast()) {
      // running alone released it, whatever the mode has become since
      tracking.released(sequence, operation, refused);
    } else if (mode.now() != Mode.ALONE) {
      ackWaits.accept(execution.nanoTime() - begunNs);
    }
  }

  @Override
  public void completed(long sequence, Operation operation) {
    tracking.completed(sequence, operation);
  }

  @Override
  public void failed(Operation operation) throws StoreException {
    tracking.failed(operation);
  }

  @Override
  public long requestForce() throws StoreException {
    lock.lock();
    try {
      mode.refuseIfClosed();
      if (mode.sends() && window.durable() < window.last()) {
        sender.askForce();
      }
      return window.last();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void awaitDurable(long sequence) throws StoreException {
    waits.awaitDurable(sequence);
  }

  /** How many were numbered since the start. The caller holds the lock. */
  long operations() {
    return operations;
  }
}

package io.lockstep.replicator.replication;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.replication.PrimaryStream.Limits;
import io.lockstep.replicator.replication.PrimaryStream.Mode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Threads that wait for the peer: until it has received an operation, has made one durable, or has
 * come on far enough for another to be numbered; and for how long that has been without progress.
 * One of those that wait reads the acknowledgements itself, and leaves the reading to another when
 * it goes.
 *
 * <p>The methods called {@code await...} take the stream's lock themselves and hold it over no
 * wait; for all others the caller holds it.
 */
final class PeerWaits {
  private static final long FOREVER_NS = TimeUnit.DAYS.toNanos(36_500);
  private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

  private final Execution execution;
  private final ReentrantLock lock;
  private final Link link;
  private final Limits limits;
  private final StreamMode mode;
  private final SendWindow window;
  private final StreamSender sender;
  private final SequenceWaits receipts;
  private final SequenceWaits forces;

  /** Of those who may not number an operation before the peer has come on. */
  private final SequenceWaits roomWaits;

  /** Of writers that wait until the peer has applied, or made durable, enough to let more in. */
  private final Stall room;

  /** Of those that wait until something is durable at the peer. */
  private final Stall sync;

  /** When the oldest operation that is not received began to wait, or the peer last came on. */
  private long oldestWaitNs;

  /** {@code lock} is the stream's, which guards {@code mode}, {@code window} and the sender too. */
  PeerWaits(
      Execution execution,
      ReentrantLock lock,
      Link link,
      Limits limits,
      StreamMode mode,
      SendWindow window,
      StreamSender sender) {
    this.execution = execution;
    this.lock = lock;
    this.link = link;
    this.limits = limits;
    this.mode = mode;
    this.window = window;
    this.sender = sender;
    this.receipts = new SequenceWaits(execution);
    this.forces = new SequenceWaits(execution);
    this.roomWaits = new SequenceWaits(execution);
    this.room = new Stall(execution);
    this.sync = new Stall(execution);
  }

  /**
   * Waits until the peer has received {@code sequence}, or this node serves alone.
   *
   * @throws StoreException IO when the stream is closed, or the thread interrupted
   */
  void awaitReceived(long sequence) throws StoreException {
    await(receipts, window::received, sequence, FOREVER_NS);
  }

  /** As {@link #awaitReceived}, until it is durable there. */
  void awaitDurable(long sequence) throws StoreException {
    begin(sync);
    try {
      await(forces, window::durable, sequence, FOREVER_NS);
    } finally {
      end(sync);
    }
  }

  /**
   * As {@link #awaitDurable(long)}; returns whether it came to that within {@code timeoutNs}, and
   * false at once when the peer cannot be reached.
   */
  boolean awaitDurable(long sequence, long timeoutNs) throws StoreException {
    LongSupplier mark = () -> mode.now() == Mode.BLOCKED ? Long.MAX_VALUE : window.durable();
    return await(forces, mark, sequence, timeoutNs) && isDurable(sequence);
  }

  private boolean isDurable(long sequence) {
    lock.lock();
    try {
      return mode.now() == Mode.ALONE || window.durable() >= sequence;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Holds a writer back while the peer is too far behind; the acknowledgement timeout bounds it.
   *
   * @throws StoreException IO when the thread is interrupted
   */
  void awaitRoom() throws StoreException {
    begin(room);
    try {
      SequenceWaits.Waiter waiter = waiterForRoom();
      while (waiter != null) {
        awaitProgress(waiter);
        waiter = waiterForRoom();
      }
    } finally {
      end(room);
    }
  }

  /** Null when there is room. */
  private SequenceWaits.Waiter waiterForRoom() {
    lock.lock();
    try {
      if (!lacksRoom()) {
        return null;
      }
      sender.askForceAbove(limits.windowBytes());
      return roomWaits.enter(Long.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /** Whether the peer is too far behind for another operation to be numbered. */
  boolean lacksRoom() {
    return mode.waitsForPeer()
        && (window.retainedBytes() > limits.windowBytes()
            || window.unappliedBytes() > limits.lagBytes());
  }

  /**
   * Waits until the peer has come on or the mode has changed, but not longer than until it is time
   * to ask again. Reads the peer's word itself if nobody does.
   */
  private void awaitProgress(SequenceWaits.Waiter waiter) throws StoreException {
    if (link.read(sender.epoch(), StreamMessages.ACK, waiter::isOver, ASK_AGAIN_NS)) {
      leave(roomWaits, waiter);
      nextReads();
    } else {
      awaited(roomWaits, waiter, ASK_AGAIN_NS);
    }
    if (!waiter.isOver()) {
      askAgain();
    }
  }

  private void askAgain() {
    lock.lock();
    try {
      sender.forgetForceAsked();
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@code mark} came to {@code sequence} in time, or this node serves alone. */
  private boolean await(SequenceWaits waits, LongSupplier mark, long sequence, long timeoutNs)
      throws StoreException {
    long endNs = execution.nanoTime() + timeoutNs;
    long leftNs = timeoutNs;
    while (true) {
      SequenceWaits.Waiter waiter;
      long on;
      lock.lock();
      try {
        if (mark.getAsLong() >= sequence || mode.now() == Mode.ALONE) {
          return true;
        }
        mode.refuseIfClosed();
        if (leftNs <= 0) {
          return false;
        }
        waiter = waits.enter(sequence);
        on = sender.epoch();
      } finally {
        lock.unlock();
      }
      if (link.read(on, StreamMessages.ACK, waiter::isOver, leftNs)) {
        nextReads();
      }
      if (awaited(waits, waiter, leftNs)) {
        return true;
      }
      leftNs = endNs - execution.nanoTime();
    }
  }

  /** This thread reads no more: another of those who wait may have to. */
  private void nextReads() {
    lock.lock();
    try {
      if (!receipts.disturbOne() && !forces.disturbOne()) {
        roomWaits.disturbOne();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean awaited(SequenceWaits waits, SequenceWaits.Waiter waiter, long leftNs)
      throws StoreException {
    boolean reached = false;
    try {
      reached = waiter.await(leftNs);
      return reached;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Failure.IO, "interrupted while waiting for the peer");
    } finally {
      if (!reached) {
        leave(waits, waiter);
      }
    }
  }

  private void leave(SequenceWaits waits, SequenceWaits.Waiter waiter) {
    lock.lock();
    try {
      waits.leave(waiter);
    } finally {
      lock.unlock();
    }
  }

  private void begin(Stall stall) {
    lock.lock();
    try {
      stall.enter();
    } finally {
      lock.unlock();
    }
  }

  private void end(Stall stall) {
    lock.lock();
    try {
      stall.leave();
    } finally {
      lock.unlock();
    }
  }

  /**
   * An operation is about to wait to be received, or what waits is about to be sent again. The wait
   * of others goes on, or a peer that breaks off each time would be waited for for ever.
   */
  void receiptAwaited() {
    if (window.received() == window.last()) {
      oldestWaitNs = execution.nanoTime();
    }
  }

  /**
   * Takes an acknowledgement into the window, and wakes those who waited for it.
   *
   * @return whether it makes sense; without effect if not
   */
  boolean acknowledge(Ack ack) {
    long receivedBefore = window.received();
    long durableBefore = window.durable();
    long appliedBefore = window.applied();
    if (!window.acknowledge(ack.received(), ack.durable(), ack.applied())) {
      return false;
    }
    if (window.received() > receivedBefore) {
      oldestWaitNs = execution.nanoTime();
    }
    if (window.durable() > durableBefore) {
      sync.progressed();
    }
    if (window.durable() > durableBefore || window.applied() > appliedBefore) {
      room.progressed();
      roomWaits.disturb();
    }
    receipts.reached(window.received());
    forces.reached(window.durable());
    return true;
  }

  /** Wakes all, to look again at the mode and at what they wait for. */
  void disturb() {
    receipts.disturb();
    forces.disturb();
    roomWaits.disturb();
  }

  /** Since when an operation has been waiting to be received, if one is. */
  long oldestWaitNs() {
    return oldestWaitNs;
  }

  /** For how long (ns) operations, or writers without room, have waited without progress; or 0. */
  long stalledNs() {
    if (!mode.waitsForPeer()) {
      return 0;
    }
    boolean unreceived = window.received() < window.last();
    long waited = unreceived ? Math.max(1, execution.nanoTime() - oldestWaitNs) : 0;
    return Math.max(waited, room.ns());
  }

  /** For how long (ns) those who need something durable have waited without progress; or 0. */
  long syncStalledNs() {
    return mode.waitsForPeer() ? sync.ns() : 0;
  }
}

package io.lockstep.replicator.replication;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.protocol.StreamMessages.Mark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving node's end of the operations stream: numbers operations, sends them, and lets each
 * application go on when the peer has its operation.
 *
 * <p>What it does with an operation is its {@link Mode}; the role machine's shell changes the mode,
 * and only after everything that the new mode presumes is durable. Safe for any thread.
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
  private static final long FOREVER_NS = TimeUnit.DAYS.toNanos(36_500);
  private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

  /** Most bytes that {@link #insist} sends at a time, but for the first operation. */
  private static final long INSIST_BYTES = 64 << 10;

  private final Execution execution;
  private final Link link;
  private final int module;
  private final Limits limits;
  private final AloneTracker tracker;
  private final ReentrantLock lock;
  private final SequenceWaits receipts;
  private final SequenceWaits forces;

  /** Of those who may not number an operation before the peer has come on. */
  private final SequenceWaits roomWaits;

  private final SendWindow window;
  private final CompletionMark completion = new CompletionMark(0);

  /** Of writers that wait until the peer has applied, or made durable, enough to let more in. */
  private final Stall room;

  /** Of those that wait until something is durable at the peer. */
  private final Stall sync;

  /** Why what is on its way to the peer could not be tracked, until its writer has waited. */
  private final Map<Long, StoreException> untracked = new ConcurrentHashMap<>();

  private volatile LongConsumer ackWaits = waitedNs -> {};
  private volatile Mode mode = Mode.CLOSED;

  /** Last operation that was numbered before this node ran alone: it was to go to the peer. */
  private volatile long alonePast;

  private String closedBecause = "this node does not serve the module";
  private Generation generation = Generation.NONE;
  private volatile long epoch = -1;
  private long peerCheckpoint;
  private long oldestWaitNs;
  private long insistedNs;
  private long commits;

  /** Up to where the peer was last asked to force; may be a number of a history that is no more. */
  private long forceAskedTo;

  /** {@code tracker} is told of every operation in the modes ALONE and DUAL. */
  public PrimaryStream(
      Execution execution, Link link, int module, Limits limits, AloneTracker tracker) {
    this.execution = execution;
    this.lock = execution.lock();
    this.receipts = new SequenceWaits(execution);
    this.forces = new SequenceWaits(execution);
    this.roomWaits = new SequenceWaits(execution);
    this.link = link;
    this.module = module;
    this.limits = limits;
    this.tracker = tracker;
    this.window = new SendWindow(0);
    this.room = new Stall(execution);
    this.sync = new Stall(execution);
  }

  /** Tells {@code observer} how long (ns) each operation waited for the peer to have it. */
  public void observeAckWaits(LongConsumer observer) {
    ackWaits = observer;
  }

  /** Begins to serve alone: the next operation is {@code last + 1} of {@code newGeneration}. */
  public void openAlone(Generation newGeneration, long last) {
    locked(
        () -> {
          generation = newGeneration;
          window.restart(last);
          completion.restart(last);
          alonePast = last;
          mode = Mode.ALONE;
        });
  }

  /** Refuses modifications from now on; those that wait fail with {@code reason}. */
  public void close(String reason) {
    locked(
        () -> {
          mode = Mode.CLOSED;
          closedBecause = reason;
          epoch = -1;
        });
  }

  /** Forgets what it numbered; until the next {@link #openAlone} it numbers nothing. */
  public void forget() {
    locked(
        () -> {
          mode = Mode.CLOSED;
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
      if (mode != Mode.BLOCKED && mode != Mode.STREAMING || !window.covers(peerLast)) {
        return false;
      }
      epoch = newEpoch;
      if (window.received() == window.last()) {
        // nobody has waited so far; else the wait goes on, or a peer that breaks off each time
        // would be waited for for ever
        oldestWaitNs = execution.nanoTime();
      }
      window.rewindReceived(peerLast);
      window.above(peerLast, entry -> sendFrame(entry.frame()));
      mode = Mode.STREAMING;
      askForce();
      wakeAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The connection is gone: modifications wait. */
  public void detach() {
    locked(
        () -> {
          epoch = -1;
          if (mode == Mode.STREAMING || mode == Mode.DUAL) {
            mode = Mode.BLOCKED;
          }
        });
  }

  /**
   * The operations of which it is unsure whether a peer that lost power still has them; oldest
   * first. Where they change and how far, not with what: the memory of their data is used again.
   */
  public List<Operation> unconfirmed() throws IOException {
    List<ByteBuffer> frames = new ArrayList<>();
    List<Operation> operations = new ArrayList<>();
    lock.lock();
    try {
      window.above(window.durable(), entry -> frames.add(entry.frame()));
      for (ByteBuffer frame : frames) {
        operations.add(operationIn(frame).plain());
      }
    } finally {
      lock.unlock();
    }
    return operations;
  }

  private static Operation operationIn(ByteBuffer frame) throws IOException {
    ByteBuffer buffer = frame.duplicate();
    buffer.position(StreamMessages.OPERATION_HEADER_BYTES);
    return OperationCodec.decode(buffer);
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
          generation = newGeneration;
          long last = window.last();
          window.restart(last);
          alonePast = last;
          mode = Mode.ALONE;
          epoch = -1;
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
      epoch = newEpoch;
      mode = Mode.DUAL;
      sendMark(StreamMessages.FOLLOW, window.last());
      return window.last();
    } finally {
      lock.unlock();
    }
  }

  /** The reintegration is committed on both nodes: what changes is tracked no more. */
  public boolean commitDual() {
    lock.lock();
    try {
      if (mode != Mode.DUAL) {
        return false;
      }
      mode = Mode.STREAMING;
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long submit(Operation operation, boolean force) throws StoreException {
    Mode entered;
    long sequence;
    long sentOn;
    for (boolean lacked = false; ; lacked = true) {
      if (lacked) {
        awaitRoom();
      }
      lock.lock();
      try {
        if (lacksRoom()) {
          continue;
        }
        entered = mode;
        number(operation, force);
        sequence = window.last();
        sentOn = epoch;
        commits++;
        break;
      } finally {
        lock.unlock();
      }
    }
    // the lock is over the order, not over the system call
    link.flush(sentOn, Link.Lane.OPERATIONS);
    if (entered == Mode.ALONE) {
      trackAlone(sequence, operation);
    } else if (entered == Mode.DUAL) {
      trackSent(sequence, operation);
    }
    return sequence;
  }

  /** Gives it the next number, and queues it for the peer where it is to get it. */
  private void number(Operation operation, boolean force) throws StoreException {
    if (mode == Mode.CLOSED) {
      throw new StoreException(Failure.IO, closedBecause);
    }
    if (mode == Mode.ALONE) {
      window.skip();
      return;
    }
    FrameMemory.Room encoded = encode(operation, window.next(), force);
    if (window.received() == window.last()) {
      oldestWaitNs = execution.nanoTime();
    }
    window.add(encoded);
    CrashPoint.PRIMARY_NUMBERED.reached();
    if (mode != Mode.BLOCKED) {
      sendFrame(encoded.bytes());
      CrashPoint.PRIMARY_SENT.reached();
      askForceEarly();
    }
  }

  /** One that is refused has its number all the same, and nothing will come of it. */
  private void trackAlone(long sequence, Operation operation) throws StoreException {
    try {
      track(operation, false);
    } catch (StoreException e) {
      completion.completed(sequence);
      throw e;
    }
  }

  /**
   * One that cannot be tracked is on its way to the peer, and has its effect on both nodes once the
   * peer has it; on neither by this node's doing if the peer is gone before.
   */
  private void trackSent(long sequence, Operation operation) {
    try {
      track(operation, true);
    } catch (StoreException e) {
      untracked.put(sequence, e);
    }
  }

  private FrameMemory.Room encode(Operation operation, long sequence, boolean force) {
    FrameMemory.Room room =
        window.room(StreamMessages.OPERATION_HEADER_BYTES + OperationCodec.maxBytes(operation));
    ByteBuffer buffer = room.bytes();
    StreamMessages.putOperationHeader(buffer, generation, sequence, force);
    OperationCodec.encode(operation, buffer);
    buffer.flip();
    return room;
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
   * Holds a writer back while the peer is too far behind; the acknowledgement timeout bounds it.
   */
  private void awaitRoom() throws StoreException {
    stall(true);
    try {
      SequenceWaits.Waiter waiter = waiterForRoom();
      while (waiter != null) {
        awaitProgress(waiter);
        waiter = waiterForRoom();
      }
    } finally {
      stall(false);
    }
  }

  private void stall(boolean begins) {
    lock.lock();
    try {
      if (begins) {
        room.enter();
      } else {
        room.leave();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Null when there is room. */
  private SequenceWaits.Waiter waiterForRoom() {
    lock.lock();
    try {
      if (!lacksRoom()) {
        return null;
      }
      if (window.retainedBytes() > limits.windowBytes() && !forceAsked()) {
        askForce();
      }
      return roomWaits.enter(Long.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  private boolean lacksRoom() {
    return waitsForPeer()
        && (window.retainedBytes() > limits.windowBytes()
            || window.unappliedBytes() > limits.lagBytes());
  }

  /** Whether modifications wait for the peer. */
  private boolean waitsForPeer() {
    return mode == Mode.STREAMING || mode == Mode.BLOCKED || mode == Mode.DUAL;
  }

  /**
   * Waits until the peer has come on or the mode has changed, but not longer than until it is time
   * to ask again. Reads the peer's word itself if nobody does.
   */
  private void awaitProgress(SequenceWaits.Waiter waiter) throws StoreException {
    if (link.read(epoch, StreamMessages.ACK, waiter::isOver, ASK_AGAIN_NS)) {
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
      forceAskedTo = 0;
    } finally {
      lock.unlock();
    }
  }

  private static StoreException interrupted() {
    Thread.currentThread().interrupt();
    return new StoreException(Failure.IO, "interrupted while waiting for the peer");
  }

  @Override
  public void awaitReceived(long sequence, Operation operation) throws StoreException {
    long begunNs = execution.nanoTime();
    // the usual way allocates nothing
    StoreException refused = untracked.isEmpty() ? null : untracked.remove(sequence);
    try {
      await(receipts, window::received, sequence, FOREVER_NS);
    } catch (StoreException e) {
      givenUp(operation, e);
      throw e;
    }
    if (mode == Mode.ALONE) {
      released(sequence, operation, refused);
    } else {
      ackWaits.accept(execution.nanoTime() - begunNs);
    }
  }

  /**
   * It has no effect here, and none of the modes in which it may have been tracked is this one any
   * more: the tracker knows itself whether that concerns it.
   */
  private void givenUp(Operation operation, StoreException why) {
    try {
      tracker.failed(operation.plain());
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** What waited for the peer has its effect on this node alone, if it is among what is tracked. */
  private void released(long sequence, Operation operation, StoreException refused)
      throws StoreException {
    if (sequence > alonePast) {
      return;
    }
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

  @Override
  public void awaitDurable(long sequence) throws StoreException {
    lock.lock();
    try {
      sync.enter();
    } finally {
      lock.unlock();
    }
    try {
      await(forces, window::durable, sequence, FOREVER_NS);
    } finally {
      lock.lock();
      try {
        sync.leave();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * As {@link #awaitDurable(long)}; returns whether it came to that within {@code timeoutMs}, and
   * false at once when the peer cannot be reached.
   */
  public boolean awaitDurable(long sequence, long timeoutMs) throws StoreException {
    LongSupplier mark = () -> mode == Mode.BLOCKED ? Long.MAX_VALUE : window.durable();
    return await(forces, mark, sequence, TimeUnit.MILLISECONDS.toNanos(timeoutMs))
        && isDurable(sequence);
  }

  private boolean isDurable(long sequence) {
    lock.lock();
    try {
      return mode == Mode.ALONE || window.durable() >= sequence;
    } finally {
      lock.unlock();
    }
  }

  private boolean await(SequenceWaits waits, LongSupplier mark, long sequence, long timeoutNs)
      throws StoreException {
    long endNs = execution.nanoTime() + timeoutNs;
    long leftNs = timeoutNs;
    while (true) {
      SequenceWaits.Waiter waiter;
      long on;
      lock.lock();
      try {
        if (mark.getAsLong() >= sequence || mode == Mode.ALONE) {
          return true;
        }
        if (mode == Mode.CLOSED) {
          throw new StoreException(Failure.IO, closedBecause);
        }
        if (leftNs <= 0) {
          return false;
        }
        waiter = waits.enter(sequence);
        on = epoch;
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
      throw interrupted();
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

  @Override
  public void completed(long sequence, Operation operation) {
    completion.completed(sequence);
    tracker.settled(operation);
  }

  @Override
  public void failed(Operation operation) throws StoreException {
    try {
      tracker.failed(operation.plain());
    } catch (IOException e) {
      throw new StoreException(
          Failure.IO,
          "cannot record durably what " + operation.path() + " became: " + e.getMessage());
    }
  }

  @Override
  public long requestForce() throws StoreException {
    lock.lock();
    try {
      if (mode == Mode.CLOSED) {
        throw new StoreException(Failure.IO, closedBecause);
      }
      if ((mode == Mode.STREAMING || mode == Mode.DUAL) && window.durable() < window.last()) {
        askForce();
      }
      return window.last();
    } finally {
      lock.unlock();
    }
  }

  /** Before nothing more may be kept, so that nobody has to wait while the peer forces. */
  private void askForceEarly() {
    if (window.retainedBytes() > limits.windowBytes() / 2 && !forceAsked()) {
      askForce();
    }
  }

  /** Whether an answer is on its way, as far as this node knows. */
  private boolean forceAsked() {
    return window.durable() < forceAskedTo && forceAskedTo <= window.last();
  }

  private void askForce() {
    forceAskedTo = window.last();
    sendMark(StreamMessages.FORCE, window.last());
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
      boolean sends = mode == Mode.STREAMING || mode == Mode.DUAL;
      long now = execution.nanoTime();
      long sinceNs = insistedNs - oldestWaitNs > 0 ? insistedNs : oldestWaitNs;
      if (!sends || window.received() == window.last() || now - sinceNs < afterNs) {
        return;
      }
      insistedNs = now;
      for (SendWindow.Entry entry : window.oldestAbove(window.received(), INSIST_BYTES)) {
        sendAgain(entry.frame());
      }
    } finally {
      lock.unlock();
    }
  }

  private void sendAgain(ByteBuffer encoded) {
    if (link.writable(Link.Lane.BULK)) {
      link.send(epoch, Link.Lane.BULK, StreamMessages.OPERATION, module, encoded.duplicate());
    }
  }

  private void sendMark(byte type, long sequence) {
    link.send(epoch, Link.Lane.OPERATIONS, type, module, new Mark(generation, sequence).encode());
  }

  private void sendFrame(ByteBuffer encoded) {
    link.queue(epoch, Link.Lane.OPERATIONS, StreamMessages.OPERATION, module, encoded.duplicate());
  }

  /** Takes the peer's acknowledgement; one of another connection or generation is ignored. */
  public void acknowledged(long ackEpoch, Ack ack) {
    lock.lock();
    try {
      if (ackEpoch != epoch || !ack.generation().equals(generation)) {
        return;
      }
      CrashPoint.PRIMARY_ACKNOWLEDGED.reached();
      long before = window.received();
      long durableBefore = window.durable();
      long appliedBefore = window.applied();
      if (!window.acknowledge(ack.received(), ack.durable(), ack.applied())) {
        LOG.error("The peer acknowledges {}, which was never sent; closing the link", ack);
        link.drop(epoch, "impossible acknowledgement " + ack);
        return;
      }
      if (window.received() > before) {
        oldestWaitNs = execution.nanoTime();
      }
      if (window.durable() > durableBefore) {
        sync.progressed();
      }
      if (window.durable() > durableBefore || window.applied() > appliedBefore) {
        room.progressed();
        roomWaits.disturb();
      }
      peerCheckpoint = Math.max(peerCheckpoint, ack.checkpoint());
      receipts.reached(window.received());
      forces.reached(window.durable());
    } finally {
      lock.unlock();
    }
  }

  /** Tells the peer this node's own checkpoint, so that it can trim what it keeps for this node. */
  public void tellCheckpoint(long checkpoint) {
    locked(
        () -> {
          if (mode == Mode.STREAMING || mode == Mode.DUAL) {
            sendMark(StreamMessages.CHECKPOINT, checkpoint);
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
      if (!waitsForPeer()) {
        return 0;
      }
      boolean unreceived = window.received() < window.last();
      long waited = unreceived ? Math.max(1, execution.nanoTime() - oldestWaitNs) : 0;
      return Math.max(waited, room.ns());
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
      return waitsForPeer() ? sync.ns() : 0;
    } finally {
      lock.unlock();
    }
  }

  /** What happens to modifications now. */
  public Mode mode() {
    return mode;
  }

  /** The generation under which operations are numbered now. */
  public Generation generation() {
    lock.lock();
    try {
      return generation;
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
      long last,
      long received,
      long durable,
      long applied,
      long peerCheckpoint,
      long unappliedBytes,
      long operations) {}

  /** A consistent picture. */
  public Progress progress() {
    lock.lock();
    try {
      return new Progress(
          window.last(),
          window.received(),
          window.durable(),
          window.applied(),
          peerCheckpoint,
          window.unappliedBytes(),
          commits);
    } finally {
      lock.unlock();
    }
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      wakeAll();
    } finally {
      lock.unlock();
    }
  }

  private void wakeAll() {
    receipts.disturb();
    forces.disturb();
    roomWaits.disturb();
  }
}

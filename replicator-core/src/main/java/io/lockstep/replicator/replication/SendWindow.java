package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The operations that the primary numbered and must still be able to send again, or to name,
 * because the secondary has not told that they are durable there. Pure: no threads, no clock; the
 * caller synchronises.
 *
 * <p>Received is not durable: a secondary that loses power forgets what it received above its
 * durable mark, so entries leave only at or below that mark.
 */
final class SendWindow {
  /**
   * One numbered operation.
   *
   * @param room holds generation, sequence, flags and operation as they go over the link; used
   *     again for another once the operation has left the window
   */
  record Entry(long sequence, FrameMemory.Room room) {
    ByteBuffer frame() {
      return room.bytes();
    }
  }

  private final FrameMemory memory = new FrameMemory();

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long last;
  private long received;
  private long durable;
  private long applied;
  private long retainedBytes;

  /** Bytes of all that was ever added, and of what of it is applied at the secondary. */
  private long addedBytes;

  private long appliedBytes;

  /** Sequences that were numbered and not yet known as applied, with {@link #addedBytes} then. */
  private final LongPairs unapplied = new LongPairs();

  SendWindow(long last) {
    restart(last);
  }

  /** Forgets everything; the next operation is {@code last + 1}. */
  void restart(long last) {
    entries.forEach(entry -> memory.give(entry.room()));
    entries.clear();
    unapplied.clear();
    retainedBytes = 0;
    appliedBytes = addedBytes;
    this.last = last;
    received = last;
    durable = last;
    applied = last;
  }

  /** The number that the next operation gets. */
  long next() {
    return last + 1;
  }

  /** Room for a frame, to be {@link #add added}. */
  FrameMemory.Room room(int bytes) {
    return memory.take(bytes);
  }

  /** Numbers an operation that the secondary shall get, in {@link #room}. */
  void add(FrameMemory.Room room) {
    last++;
    entries.addLast(new Entry(last, room));
    retainedBytes += room.bytes().remaining();
    addedBytes += room.bytes().remaining();
    unapplied.add(last, addedBytes);
  }

  /** Numbers an operation that is only tracked here. */
  void skip() {
    restart(last + 1);
  }

  /**
   * Takes an acknowledgement.
   *
   * @return whether it makes sense: never more than was numbered; less than before changes nothing
   */
  boolean acknowledge(long newReceived, long newDurable, long newApplied) {
    if (newReceived > last || newDurable > newReceived || newApplied > newReceived) {
      return false;
    }
    received = Math.max(received, newReceived);
    durable = Math.max(durable, newDurable);
    applied = Math.max(applied, newApplied);
    while (!entries.isEmpty() && entries.peekFirst().sequence() <= durable) {
      FrameMemory.Room room = entries.removeFirst().room();
      retainedBytes -= room.bytes().remaining();
      memory.give(room);
    }
    while (!unapplied.isEmpty() && unapplied.firstKey() <= applied) {
      appliedBytes = unapplied.firstValue();
      unapplied.removeFirst();
    }
    return true;
  }

  /** Whether a secondary whose journal ends at {@code peerLast} can go on from there. */
  boolean covers(long peerLast) {
    return peerLast <= last
        && (peerLast == last
            || !entries.isEmpty() && entries.peekFirst().sequence() <= peerLast + 1);
  }

  /** The secondary's journal ends at {@code peerLast}, which may be below what it once received. */
  void rewindReceived(long peerLast) {
    received = peerLast;
  }

  /** Every entry above {@code sequence}, oldest first. */
  void above(long sequence, Consumer<Entry> consumer) {
    for (Entry entry : entries) {
      if (entry.sequence() > sequence) {
        consumer.accept(entry);
      }
    }
  }

  /** The oldest entries above {@code sequence}: the first, and more up to so many bytes. */
  List<Entry> oldestAbove(long sequence, long bytes) {
    List<Entry> oldest = new ArrayList<>();
    long left = bytes;
    for (Entry entry : entries) {
      if (entry.sequence() > sequence) {
        left -= entry.frame().remaining();
        if (left < 0 && !oldest.isEmpty()) {
          break;
        }
        oldest.add(entry);
      }
    }
    return oldest;
  }

  /** The operations that are not durable there, oldest first, without their data. */
  List<Operation> unconfirmed() throws IOException {
    List<Operation> operations = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.sequence() > durable) {
        operations.add(operationIn(entry.frame()).plain());
      }
    }
    return operations;
  }

  private static Operation operationIn(ByteBuffer frame) throws IOException {
    ByteBuffer buffer = frame.duplicate();
    buffer.position(StreamMessages.OPERATION_HEADER_BYTES);
    return OperationCodec.decode(buffer);
  }

  long last() {
    return last;
  }

  long received() {
    return received;
  }

  long durable() {
    return durable;
  }

  long applied() {
    return applied;
  }

  long retainedBytes() {
    return retainedBytes;
  }

  long unappliedBytes() {
    return addedBytes - appliedBytes;
  }
}

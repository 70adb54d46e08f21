package io.lockstep.replicator.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The secondary's durable log of operations received and not yet checkpointed.
 *
 * <p>Sequences are dense: each record's is one more than the last. One thread appends; {@link
 * #force} and {@link #read} may be called from others at the same time. A record survives the death
 * of the process as soon as {@link #append} returns, and the loss of power once {@link #force}
 * returned a sequence at or above its own.
 */
public interface Journal extends AutoCloseable {
  /**
   * Receives records in order; the buffer is valid only during the call. Returns whether to go on.
   */
  interface Reader {
    boolean record(long sequence, ByteBuffer payload) throws IOException;
  }

  /** Sequence of the oldest record still held; {@code lastSequence() + 1} when empty. */
  long firstSequence();

  /** Sequence of the newest record; the one before the first to come when empty. */
  long lastSequence();

  /** Highest sequence known to survive a loss of power. */
  long durableSequence();

  /**
   * Appends one record, from the payload's position to its limit.
   *
   * @throws JournalFullException when the size limit or the reserve of free space would be passed;
   *     nothing was appended
   * @throws IOException when the record may not have been appended; the journal must then be closed
   * @throws IllegalArgumentException if {@code sequence} is not the next
   */
  void append(long sequence, ByteBuffer payload) throws IOException;

  /**
   * Forces everything appended before the call, with every file and directory entry it needs, to
   * stable storage.
   *
   * @return the sequence up to which the journal is now durable
   * @throws IOException when that failed: the copy can no longer be trusted to be durable, and
   *     never is after a retry
   */
  long force() throws IOException;

  /**
   * Reads records from {@code fromSequence} on, to the last that was appended when the call began.
   */
  void read(long fromSequence, Reader reader) throws IOException;

  /** Frees whole segments of which every record is at or below {@code sequence}. */
  void trim(long sequence) throws IOException;

  /** Drops everything; the next record will be {@code nextSequence}. Durable on return. */
  void reset(long nextSequence) throws IOException;

  /** Bytes on disk now. */
  long sizeBytes();

  @Override
  void close() throws IOException;
}

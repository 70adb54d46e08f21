package io.lockstep.replicator.protocol;

import io.lockstep.replicator.model.Generation;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The messages of the operations stream: their frame types and payloads, big-endian. Each names the
 * generation it belongs to; a node refuses every other (docs/protocol.md, "The stream").
 */
public final class StreamMessages {
  /** Primary to secondary: one operation. */
  public static final byte OPERATION = 16;

  /** Secondary to primary: {@link Ack}. */
  public static final byte ACK = 17;

  /** Primary to secondary: force the journal through what it holds now. */
  public static final byte FORCE = 18;

  /** Primary to secondary: the primary's own checkpoint. */
  public static final byte CHECKPOINT = 19;

  /** Both ways: what each node's durable record says, at first contact. */
  public static final byte CONTACT = 20;

  /** Both ways: a request or answer between the role machines. */
  public static final byte CONTROL = 21;

  /** Both ways, on the bulk lane: reintegration. */
  public static final byte REINTEGRATION = 22;

  /** Secondary to primary: its copy failed; the text says why. */
  public static final byte COPY_FAILED = 23;

  /**
   * Primary to secondary: the stream of this generation begins after this sequence; {@link Mark}.
   */
  public static final byte FOLLOW = 24;

  /** Both ways: a question or answer between the two agents, of no module. */
  public static final byte AGENT = 25;

  /** Bytes of generation, sequence and flags before an operation. */
  public static final int OPERATION_HEADER_BYTES = 16 + 8 + 1;

  private StreamMessages() {}

  /**
   * How far the secondary has come; cumulative, all sequences inclusive.
   *
   * @param received in its journal: survives the death of either process
   * @param durable in its journal on stable storage
   * @param applied in its tree
   * @param checkpoint in its tree on stable storage
   */
  public record Ack(
      Generation generation, long received, long durable, long applied, long checkpoint) {
    /** The payload. */
    public ByteBuffer encode() {
      ByteBuffer buffer = ByteBuffer.allocate(48);
      putGeneration(buffer, generation);
      return buffer.putLong(received).putLong(durable).putLong(applied).putLong(checkpoint).flip();
    }

    /** Reads a payload. */
    public static Ack decode(ByteBuffer from) throws MalformedException {
      try {
        Generation generation = getGeneration(from);
        return new Ack(generation, from.getLong(), from.getLong(), from.getLong(), from.getLong());
      } catch (BufferUnderflowException e) {
        throw new MalformedException("acknowledgement cut short");
      }
    }
  }

  /**
   * A generation and one sequence: the payload of {@link #FORCE}, {@link #CHECKPOINT} and {@link
   * #FOLLOW}.
   */
  public record Mark(Generation generation, long sequence) {
    /** The payload. */
    public ByteBuffer encode() {
      ByteBuffer buffer = ByteBuffer.allocate(24);
      putGeneration(buffer, generation);
      return buffer.putLong(sequence).flip();
    }

    /** Reads a payload. */
    public static Mark decode(ByteBuffer from) throws MalformedException {
      try {
        return new Mark(getGeneration(from), from.getLong());
      } catch (BufferUnderflowException e) {
        throw new MalformedException("mark cut short");
      }
    }
  }

  /** Writes the header of an {@link #OPERATION}. */
  public static void putOperationHeader(
      ByteBuffer into, Generation generation, long sequence, boolean force) {
    putGeneration(into, generation);
    into.putLong(sequence).put((byte) (force ? 1 : 0));
  }

  /** Writes 16 bytes. */
  public static void putGeneration(ByteBuffer into, Generation generation) {
    into.putLong(generation.high()).putLong(generation.low());
  }

  /** Reads 16 bytes. */
  public static Generation getGeneration(ByteBuffer from) {
    return new Generation(from.getLong(), from.getLong());
  }
}

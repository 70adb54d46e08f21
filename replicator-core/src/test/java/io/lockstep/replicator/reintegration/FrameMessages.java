package io.lockstep.replicator.reintegration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Finds the messages that a source of a reintegration sends together. */
public final class FrameMessages {
  private FrameMessages() {}

  /** Where one message lies. */
  @FunctionalInterface
  public interface Visitor {
    /** A message of that kind, from one position up to another. */
    void message(int kind, int from, int to);
  }

  /** Visits each message from the buffer's position to its limit, which are not changed. */
  public static void forEach(ByteBuffer frame, Visitor visitor) {
    ByteBuffer rest = frame.duplicate();
    try {
      while (rest.hasRemaining()) {
        int from = rest.position();
        MessageCodec.decodeNext(rest);
        visitor.message(frame.get(from), from, rest.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

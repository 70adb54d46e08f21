package io.lockstep.replicator.link;

/** The frame types that are the link's own; users of the link number theirs from 16. */
final class FrameType {
  /** A {@link HelloMessage}. */
  static final byte HELLO = 1;

  /** Proof of having the key, 32 bytes. */
  static final byte AUTH = 2;

  /** Asks for a {@link #PONG}; eight bytes that come back. */
  static final byte PING = 3;

  static final byte PONG = 4;

  /** Why the connection is refused, UTF-8. */
  static final byte REFUSE = 5;

  /** The lowest type for users of the link; those that are negative as a byte are theirs, too. */
  static final int FIRST_FREE = 16;

  private FrameType() {}

  static boolean isReserved(byte type) {
    return Byte.toUnsignedInt(type) < FIRST_FREE;
  }
}

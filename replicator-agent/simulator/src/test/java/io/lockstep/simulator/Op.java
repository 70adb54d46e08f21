package io.lockstep.simulator;

/**
 * One modification that the model application makes, by paths within its own directory.
 *
 * @param number from which its data follows
 * @param path what it concerns; for a rename or link the existing name
 * @param to the new name of a rename or link
 * @param offset of a write, the new length of a truncation, the bits of a mode
 */
record Op(Kind kind, int number, String path, String to, int offset, int length) {
  /** What it does. */
  enum Kind {
    CREATE,
    WRITE,
    WRITE_SYNC,
    TRUNCATE,
    UNLINK,
    RENAME,
    LINK,
    MKDIR,
    RMDIR,
    XATTR,
    MODE,
    SYNC
  }

  /** Whether its answer says that what it concerns is on stable storage. */
  boolean syncs() {
    return kind == Kind.SYNC || kind == Kind.WRITE_SYNC;
  }

  /** The same write, without its sync. */
  Op unsynced() {
    return new Op(Kind.WRITE, number, path, to, offset, length);
  }

  /** The bytes that a write of this number writes. */
  byte[] data() {
    byte[] bytes = new byte[length];
    int value = number * 0x9E3779B9;
    for (int i = 0; i < length; i++) {
      value = value * 1_664_525 + 1_013_904_223;
      bytes[i] = (byte) (value >>> 24);
    }
    return bytes;
  }

  @Override
  public String toString() {
    return switch (kind) {
          case WRITE, WRITE_SYNC -> kind + " " + path + " " + offset + "+" + length;
          case TRUNCATE -> kind + " " + path + " to " + offset;
          case RENAME, LINK -> kind + " " + path + " -> " + to;
          default -> kind + " " + path;
        }
        + " #"
        + number;
  }
}

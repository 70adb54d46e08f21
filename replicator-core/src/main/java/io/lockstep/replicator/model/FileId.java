package io.lockstep.replicator.model;

/**
 * The stable identity of one file, directory or link of a module, equal on both nodes.
 *
 * <p>Paths change and hard links alias, so order and replay go by identity. A node draws the epoch
 * at random each time it begins to serve and counts within it, so two nodes never give the same
 * identity to different files. The identity is kept with the file itself (on Linux in the extended
 * attribute {@code trusted.lockstep.id}), so it survives a power cut exactly as far as the file
 * does.
 *
 * @param epoch random per numbering period; 0 only for the roots of the replicated directories
 * @param number counts within the epoch; for roots the index of the directory plus one
 */
public record FileId(long epoch, long number) implements Comparable<FileId> {
  /** No file: used where an operation may or may not concern a second file. */
  public static final FileId NONE = new FileId(0, 0);

  /** Bytes of an identity on the wire and in the store. */
  public static final int BYTES = 16;

  /** The identity of the root of the module's directory number {@code directory}, from 0. */
  public static FileId root(int directory) {
    return new FileId(0, directory + 1L);
  }

  /** Whether this is {@link #NONE}. */
  public boolean isNone() {
    return epoch == 0 && number == 0;
  }

  @Override
  public int compareTo(FileId other) {
    int byEpoch = Long.compareUnsigned(epoch, other.epoch);
    return byEpoch != 0 ? byEpoch : Long.compareUnsigned(number, other.number);
  }

  @Override
  public String toString() {
    return Long.toHexString(epoch) + ":" + number;
  }
}

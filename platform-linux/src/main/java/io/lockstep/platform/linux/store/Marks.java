package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The copy that a replicated directory holds, in {@code trusted.lockstep.copy} of the directory
 * itself: 16 bytes as {@link Identities} has them.
 */
final class Marks {
  private static final byte[] NAME = "trusted.lockstep.copy".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ITSELF = {'.'};
  private static final int BYTES = 16;

  private Marks() {}

  /** Reads what the open directory {@code fd} carries into the scratch value; length or -1. */
  static long read(Scratch scratch, int fd) {
    long path = scratch.descriptorPath(fd, ITSELF);
    return Libc.lgetxattr(path, scratch.attributeName(NAME), scratch.value(), BYTES);
  }

  /** What {@link #read} found; a value of another length marks nothing. */
  static Optional<UUID> found(Scratch scratch, long length) {
    return length == BYTES
        ? Optional.of(
            new UUID(Identities.big(scratch.valueLong(0)), Identities.big(scratch.valueLong(8))))
        : Optional.empty();
  }

  /** Marks the open directory; 0 or -1. */
  static int write(Scratch scratch, int fd, UUID copy) {
    scratch.valueLong(0, Identities.big(copy.getMostSignificantBits()));
    scratch.valueLong(8, Identities.big(copy.getLeastSignificantBits()));
    long path = scratch.descriptorPath(fd, ITSELF);
    return Libc.lsetxattr(path, scratch.attributeName(NAME), scratch.value(), BYTES, 0);
  }

  /** Takes the mark off the open directory; 0 or -1. */
  static int remove(Scratch scratch, int fd) {
    return Libc.lremovexattr(scratch.descriptorPath(fd, ITSELF), scratch.attributeName(NAME));
  }
}

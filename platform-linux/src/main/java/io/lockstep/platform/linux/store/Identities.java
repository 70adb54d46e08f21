package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.FileId;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The identity that a file carries in {@code trusted.lockstep.id}: 16 bytes, the epoch and the
 * number, highest byte first.
 */
final class Identities {
  /** What all of Lockstep's own attributes begin with. */
  static final byte[] PREFIX = "trusted.lockstep.".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] NAME = "trusted.lockstep.id".getBytes(StandardCharsets.US_ASCII);
  private static final boolean SWAP = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private static final int ARGUMENT_BYTES = 16;
  private static final boolean KERNEL_READS_RELATIVE = kernelReadsRelative();

  private Identities() {}

  /**
   * Reads what {@code name} in {@code directory} carries into the scratch value; length or -1. By
   * one call from Linux 6.13 on, before that by the name in /proc at three times the cost.
   *
   * @param address where the same name lies as a C string, not in slot 2
   */
  static long read(Scratch scratch, int directory, byte[] name, long address) {
    long attribute = scratch.attributeName(NAME);
    if (!KERNEL_READS_RELATIVE) {
      long path = scratch.descriptorPath(directory, name);
      return Libc.lgetxattr(path, attribute, scratch.value(), FileId.BYTES);
    }
    return readRelative(scratch, directory, address, attribute);
  }

  private static long readRelative(Scratch scratch, int directory, long name, long attribute) {
    scratch.argument(0, scratch.value());
    long arguments = scratch.argument(8, FileId.BYTES);
    return Libc.syscall(
        Architecture.GETXATTRAT,
        directory,
        name,
        Libc.AT_SYMLINK_NOFOLLOW,
        attribute,
        arguments,
        ARGUMENT_BYTES);
  }

  /** A call without arguments is invalid where it exists; it touches no memory of a caller. */
  private static boolean kernelReadsRelative() {
    long result = Libc.syscall(Architecture.GETXATTRAT, Libc.AT_FDCWD, 0, 0, 0, 0, 0);
    return Libc.errno(result) == Errno.EINVAL;
  }

  /**
   * What {@link #read} found. A value of another length is nobody's identity: the file counts as
   * having none, and is given a new one in its place.
   */
  static Optional<FileId> found(Scratch scratch, long length) {
    return length == FileId.BYTES
        ? Optional.of(new FileId(big(scratch.valueLong(0)), big(scratch.valueLong(8))))
        : Optional.empty();
  }

  /** Whether {@code errno} of {@link #read} means that there is none. */
  static boolean none(int errno) {
    return errno == Errno.ENODATA || errno == Errno.ERANGE;
  }

  /** Gives the open file {@code fd} its identity; 0 or -1. */
  static int write(Scratch scratch, int fd, FileId id) {
    put(scratch, id);
    return Libc.fsetxattr(fd, scratch.attributeName(NAME), scratch.value(), FileId.BYTES, 0);
  }

  /** Gives what the path at {@code path} names its identity; 0 or -1. */
  static int write(Scratch scratch, long path, FileId id) {
    put(scratch, id);
    return Libc.lsetxattr(path, scratch.attributeName(NAME), scratch.value(), FileId.BYTES, 0);
  }

  /** Takes its identity off what the path at {@code path} names; 0 or -1. */
  static int remove(Scratch scratch, long path) {
    return Libc.lremovexattr(path, scratch.attributeName(NAME));
  }

  /** Whether an attribute is Lockstep's own. */
  static boolean own(byte[] name) {
    return name.length >= PREFIX.length
        && java.util.Arrays.equals(name, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
  }

  private static void put(Scratch scratch, FileId id) {
    scratch.valueLong(0, big(id.epoch()));
    scratch.valueLong(8, big(id.number()));
  }

  static long big(long value) {
    return SWAP ? Long.reverseBytes(value) : value;
  }
}

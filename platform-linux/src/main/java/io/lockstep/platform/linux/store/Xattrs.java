package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Extended attributes of a path under /proc/self/fd: the calls have no form relative to a
 * descriptor. Lockstep's own are neither shown nor changed.
 */
final class Xattrs {
  /** The kernel's bound on a value and on a list of names. */
  private static final int MAX_VALUE_BYTES = 64 * 1024;

  private static final int MAX_NAME_BYTES = 255;

  /** A path, and whether it leads through a link in /proc to what is meant. */
  record Place(long path, boolean follows) {
    static Place name(long path) {
      return new Place(path, false);
    }
  }

  private Xattrs() {}

  static List<byte[]> names(Scratch scratch, Place place, String what) throws StoreException {
    ByteBuffer buffer = scratch.large();
    long into = NativeMemory.address(buffer);
    long length =
        place.follows()
            ? Libc.listxattr(place.path(), into, buffer.capacity())
            : Libc.llistxattr(place.path(), into, buffer.capacity());
    check(length, "list the attributes of " + what);
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (buffer.get(i) == 0) {
        byte[] name = new byte[i - start];
        buffer.get(start, name);
        if (!Identities.own(name)) {
          names.add(name);
        }
        start = i + 1;
      }
    }
    return names;
  }

  static byte[] get(Scratch scratch, Place place, byte[] name, String what) throws StoreException {
    if (Identities.own(name)) {
      throw new StoreException(Failure.NO_ATTRIBUTE, "Lockstep's own attribute");
    }
    ByteBuffer buffer = scratch.large();
    long attribute = attribute(scratch, name);
    long into = NativeMemory.address(buffer);
    long length =
        place.follows()
            ? Libc.getxattr(place.path(), attribute, into, buffer.capacity())
            : Libc.lgetxattr(place.path(), attribute, into, buffer.capacity());
    check(length, "attribute of " + what);
    byte[] value = new byte[(int) length];
    buffer.get(0, value);
    return value;
  }

  static void set(Scratch scratch, Place place, byte[] name, byte[] value, String what)
      throws StoreException {
    refuseOwn(name);
    if (value.length > MAX_VALUE_BYTES) {
      throw Errno.exception(Errno.E2BIG, "attribute of " + value.length + " bytes on " + what);
    }
    ByteBuffer buffer = scratch.large();
    buffer.put(0, value);
    long attribute = attribute(scratch, name);
    long from = NativeMemory.address(buffer);
    int result =
        place.follows()
            ? Libc.setxattr(place.path(), attribute, from, value.length, 0)
            : Libc.lsetxattr(place.path(), attribute, from, value.length, 0);
    check(result, "set an attribute of " + what);
  }

  static void remove(Scratch scratch, Place place, byte[] name, String what) throws StoreException {
    refuseOwn(name);
    long attribute = attribute(scratch, name);
    int result =
        place.follows()
            ? Libc.removexattr(place.path(), attribute)
            : Libc.lremovexattr(place.path(), attribute);
    check(result, "remove an attribute of " + what);
  }

  private static void refuseOwn(byte[] name) throws StoreException {
    if (Identities.own(name)) {
      throw new StoreException(
          Failure.NOT_PERMITTED, "attributes below trusted.lockstep are Lockstep's own");
    }
  }

  private static long attribute(Scratch scratch, byte[] name) throws StoreException {
    if (name.length == 0 || name.length > MAX_NAME_BYTES) {
      throw Errno.exception(Errno.ERANGE, "attribute name of " + name.length + " bytes");
    }
    return scratch.attributeName(name);
  }

  private static void check(long result, String what) throws StoreException {
    int errno = Libc.errno(result);
    if (errno != 0) {
      throw Errno.exception(errno, what);
    }
  }
}

package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.TreePath;
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

  private Xattrs() {}

  static List<byte[]> names(Scratch scratch, long path, TreePath what) throws StoreException {
    ByteBuffer buffer = scratch.large();
    long length = Libc.llistxattr(path, NativeMemory.address(buffer), buffer.capacity());
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

  static byte[] get(Scratch scratch, long path, byte[] name, TreePath what) throws StoreException {
    if (Identities.own(name)) {
      throw new StoreException(Failure.NO_ATTRIBUTE, "Lockstep's own attribute");
    }
    ByteBuffer buffer = scratch.large();
    long attribute = attribute(scratch, name);
    long length = Libc.lgetxattr(path, attribute, NativeMemory.address(buffer), buffer.capacity());
    check(length, "attribute of " + what);
    byte[] value = new byte[(int) length];
    buffer.get(0, value);
    return value;
  }

  static void set(Scratch scratch, long path, byte[] name, byte[] value, TreePath what)
      throws StoreException {
    refuseOwn(name);
    if (value.length > MAX_VALUE_BYTES) {
      throw Errno.exception(Errno.E2BIG, "attribute of " + value.length + " bytes on " + what);
    }
    ByteBuffer buffer = scratch.large();
    buffer.put(0, value);
    long attribute = attribute(scratch, name);
    check(
        Libc.lsetxattr(path, attribute, NativeMemory.address(buffer), value.length, 0),
        "set an attribute of " + what);
  }

  static void remove(Scratch scratch, long path, byte[] name, TreePath what) throws StoreException {
    refuseOwn(name);
    check(Libc.lremovexattr(path, attribute(scratch, name)), "remove an attribute of " + what);
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

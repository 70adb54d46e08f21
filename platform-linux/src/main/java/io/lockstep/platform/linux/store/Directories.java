package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.port.FileStore.Entry;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Reads directories by getdents64(2), 128 KiB at a time. */
final class Directories {
  static final int INODE = 0;
  static final int NEXT = 8;
  static final int LENGTH = 16;
  static final int KIND = 18;
  private static final int NAME = 19;

  private Directories() {}

  /**
   * All entries of the open directory {@code fd} but {@code "."}, {@code ".."} and those that
   * {@code hidden} names. An entry that disappears meanwhile may be missing.
   */
  static List<Entry> list(
      Scratch scratch, int fd, boolean withIds, Predicate<byte[]> hidden, String what)
      throws StoreException {
    ByteBuffer buffer = scratch.large();
    long address = NativeMemory.address(buffer);
    List<Entry> entries = new ArrayList<>();
    while (true) {
      long read = Libc.syscall(Architecture.GETDENTS64, fd, address, buffer.capacity(), 0, 0, 0);
      int errno = Libc.errno(read);
      if (errno != 0) {
        throw Errno.exception(errno, "list " + what);
      }
      if (read == 0) {
        return entries;
      }
      for (int at = 0; at < read; at += buffer.getShort(at + LENGTH) & 0xffff) {
        byte[] name = name(buffer, at);
        if (!hidden.test(name)) {
          add(scratch, fd, buffer, at, name, withIds, entries);
        }
      }
    }
  }

  private static void add(
      Scratch scratch,
      int fd,
      ByteBuffer buffer,
      int at,
      byte[] name,
      boolean withIds,
      List<Entry> entries)
      throws StoreException {
    FileKind kind = kind(buffer.get(at + KIND));
    if (kind == null) {
      if (Statuses.ask(scratch, fd, scratch.path(1, name)) < 0) {
        return;
      }
      kind = Statuses.kind(Statuses.mode(scratch));
    }
    Optional<FileId> id = Optional.empty();
    if (withIds) {
      long length = Identities.read(scratch, fd, name, scratch.path(1, name));
      int errno = Libc.errno(length);
      if (errno == Errno.ENOENT) {
        return;
      }
      if (errno != 0 && !Identities.none(errno)) {
        throw Errno.exception(errno, "read the identity of an entry");
      }
      id = Identities.found(scratch, length);
    }
    entries.add(new Entry(name, kind, buffer.getLong(at + INODE), id));
  }

  static byte[] name(ByteBuffer buffer, int at) {
    int end = at + NAME;
    while (buffer.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - at - NAME];
    buffer.get(at + NAME, name);
    return name;
  }

  /** Whether {@code name} is {@code "."} or {@code ".."}. */
  static boolean dots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  /** Null where the file system does not tell. */
  static FileKind kind(byte type) {
    return switch (type) {
      case 1 -> FileKind.FIFO;
      case 2 -> FileKind.CHARACTER_DEVICE;
      case 4 -> FileKind.DIRECTORY;
      case 6 -> FileKind.BLOCK_DEVICE;
      case 8 -> FileKind.FILE;
      case 10 -> FileKind.SYMLINK;
      case 12 -> FileKind.SOCKET;
      default -> null;
    };
  }
}

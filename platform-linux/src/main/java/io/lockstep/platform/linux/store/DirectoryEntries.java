package io.lockstep.platform.linux.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.port.FileStore.EntryVisitor;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;

/**
 * Reads one open directory piece by piece. Positions are the file system's own, so they stay true
 * while names come and go, and a directory of a million names takes no more memory than one of ten.
 * What was read ahead is used only by who goes on where it ends. Safe for any thread; the visitor
 * may use the store.
 */
final class DirectoryEntries {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int SEEK_SET = 0;

  private final boolean root;

  @GuardedBy("this")
  private ByteBuffer buffer;

  /** Where in the buffer the next entry begins, where the entries end. */
  @GuardedBy("this")
  private int at;

  @GuardedBy("this")
  private int end;

  /** The position of the entry at {@code at}. */
  @GuardedBy("this")
  private long position = -1;

  /** {@code root} when Lockstep's own place may be among the entries. */
  DirectoryEntries(boolean root) {
    this.root = root;
  }

  synchronized void visit(int fd, long from, EntryVisitor visitor) throws StoreException {
    if (from != position || from == 0) {
      seek(fd, from);
    }
    while (at < end || fill(fd)) {
      byte[] name = Directories.name(buffer, at);
      long next = buffer.getLong(at + Directories.NEXT);
      if (!hidden(name) && !show(fd, name, next, visitor)) {
        return;
      }
      at += buffer.getShort(at + Directories.LENGTH) & 0xffff;
      position = next;
    }
    buffer = null;
  }

  @GuardedBy("this")
  private boolean show(int fd, byte[] name, long next, EntryVisitor visitor) throws StoreException {
    FileKind kind = Directories.kind(buffer.get(at + Directories.KIND));
    if (kind == null) {
      Scratch scratch = Scratch.get();
      if (Statuses.ask(scratch, fd, scratch.path(1, name)) < 0) {
        return true;
      }
      kind = Statuses.kind(Statuses.mode(scratch));
    }
    return visitor.entry(name, kind, buffer.getLong(at + Directories.INODE), next);
  }

  private boolean hidden(byte[] name) {
    return HiddenName.isOwn(name, root);
  }

  @GuardedBy("this")
  private void seek(int fd, long from) throws StoreException {
    long result = Libc.lseek(fd, from, SEEK_SET);
    int errno = Libc.errno(result);
    if (errno != 0) {
      throw Errno.exception(errno, "go to position " + from + " of a directory");
    }
    position = from;
    at = 0;
    end = 0;
  }

  /** Reads on; false at the end. */
  @GuardedBy("this")
  private boolean fill(int fd) throws StoreException {
    if (buffer == null) {
      buffer = NativeMemory.allocate(BUFFER_BYTES);
    }
    long address = NativeMemory.address(buffer);
    long read = Libc.syscall(Architecture.GETDENTS64, fd, address, BUFFER_BYTES, 0, 0, 0);
    int errno = Libc.errno(read);
    if (errno != 0) {
      throw Errno.exception(errno, "list a directory");
    }
    at = 0;
    end = (int) read;
    return read > 0;
  }
}

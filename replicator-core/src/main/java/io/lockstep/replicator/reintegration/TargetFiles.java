package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Writes content and attributes on the target. One thread. */
final class TargetFiles {
  private static final int MAX_OPEN = 1024;

  /** One file between its beginning and its end; {@code open} null for what has no content. */
  private record Current(TreePath path, FileKind kind, OpenFile open, boolean empty) {}

  private final FileStore store;
  private final TargetNames names;
  private final BlockHash hash;
  private final boolean anew;
  private final Map<FileId, Current> files = new HashMap<>();
  private final List<Message.Need> unresolved = new ArrayList<>();
  private ByteBuffer direct = ByteBuffer.allocateDirect(256 * 1024);

  /** {@code anew}: content that is here already does not count. */
  TargetFiles(FileStore store, TargetNames names, boolean anew) {
    this.anew = anew;
    this.store = store;
    this.names = names;
    this.hash = new BlockHash(store);
  }

  /** A new round begins: what was open of the last is closed. */
  void round() {
    close();
    unresolved.clear();
  }

  void close() {
    files.values().forEach(TargetFiles::close);
    files.clear();
  }

  /** Files that were not where the source believes. */
  List<Message.Need> unresolved() {
    return unresolved;
  }

  void begin(Message.File message) throws IOException {
    if (files.size() >= MAX_OPEN) {
      throw new IOException("more than " + MAX_OPEN + " files open at once");
    }
    TreePath path = names.locate(message.id(), message.path());
    if (path != null && message.kind() == FileKind.SYMLINK) {
      path = sameLink(message, path);
    }
    if (path == null) {
      path = make(message);
    }
    if (path == null) {
      unresolved.add(new Message.Need(message.id(), message.kind(), message.path()));
      return;
    }
    if (message.kind() != FileKind.FILE) {
      put(message.id(), new Current(path, message.kind(), null, false));
      return;
    }
    OpenFile open = store.open(path, FileStore.Access.READ_WRITE);
    long size = store.status(open).sizeBytes();
    boolean empty = Math.min(size, message.lowWater()) == 0;
    put(message.id(), new Current(path, message.kind(), open, empty));
    if (size > message.lowWater()) {
      store.truncate(open, message.lowWater());
      size = message.lowWater();
    }
    if (size != message.size()) {
      store.truncate(open, message.size());
    }
  }

  void data(Message.Data message) throws StoreException {
    Current file = files.get(message.id());
    if (file == null || file.open() == null) {
      return;
    }
    for (Message.Piece piece : message.pieces()) {
      int length = piece.bytes().remaining();
      if (direct.capacity() < length) {
        direct = ByteBuffer.allocateDirect(length);
      }
      direct.clear().put(piece.bytes().duplicate()).flip();
      store.write(file.open(), direct, piece.offset());
    }
  }

  void hole(Message.Hole message) throws StoreException {
    Current file = files.get(message.id());
    if (file == null || file.open() == null || message.length() == 0) {
      return;
    }
    long data = nextData(file.open(), message.offset());
    if (data < message.offset() + message.length()) {
      store.allocate(file.open(), Allocation.PUNCH_HOLE, message.offset(), message.length());
    }
  }

  /** Compares blocks; null when there is nothing to compare with. */
  Message.Differs compare(Message.Hashes message) throws IOException {
    int block = message.blockSize();
    if (block < 1024 || block > BlockHash.COARSE_BLOCK) {
      throw new IOException("blocks of " + block + " bytes");
    }
    Current file = files.get(message.id());
    if (file == null || file.open() == null) {
      return null;
    }
    if (anew || file.empty()) {
      return new Message.Differs(message.id(), block, true, List.of());
    }
    List<Long> differing = new ArrayList<>();
    ByteBuffer hashes = message.hashes().duplicate();
    byte[] theirs = new byte[BlockHash.BYTES];
    for (long at = message.offset(); at < message.end(); at += block) {
      hashes.get(theirs);
      int length = (int) Math.min(block, message.end() - at);
      if (!Arrays.equals(theirs, hash.of(file.open(), at, length))) {
        differing.add(at);
      }
    }
    return differing.isEmpty() ? null : new Message.Differs(message.id(), block, false, differing);
  }

  void end(Message.FileEnd message) throws StoreException {
    Current file = files.remove(message.id());
    if (file != null) {
      try {
        attributes(file.path(), file.kind(), message.attributes());
      } finally {
        close(file);
      }
    }
  }

  void directory(Message.DirectoryEnd message) throws StoreException {
    TreePath path = names.locate(message.id(), message.path());
    if (path == null) {
      unresolved.add(new Message.Need(message.id(), FileKind.DIRECTORY, message.path()));
    } else {
      attributes(path, FileKind.DIRECTORY, message.attributes());
    }
  }

  private void put(FileId id, Current current) {
    Current old = files.put(id, current);
    if (old != null) {
      close(old);
    }
  }

  private TreePath make(Message.File message) throws StoreException {
    TreePath first = null;
    for (TreePath path : names.unmade(message.id())) {
      try {
        if (first == null) {
          store.create(path, newFile(message), message.id());
          first = path;
        } else {
          store.link(first, path);
        }
      } catch (StoreException e) {
        switch (e.failure()) {
          case EXISTS, NOT_FOUND, NOT_A_DIRECTORY ->
              unresolved.add(new Message.Need(message.id(), message.kind(), path));
          default -> throw e;
        }
      }
    }
    return first;
  }

  private static NewFile newFile(Message.File message) {
    return new NewFile(message.kind(), 0600, 0, 0, message.device(), message.target());
  }

  /** A link that leads elsewhere is made anew; its target cannot be changed. */
  private TreePath sameLink(Message.File message, TreePath path) throws StoreException {
    if (!Arrays.equals(store.readLink(path), message.target())) {
      names.displace(path);
      store.create(path, newFile(message), message.id());
    }
    return path;
  }

  private void attributes(TreePath path, FileKind kind, Message.Attributes wanted)
      throws StoreException {
    if (wanted.xattrs() != null) {
      xattrs(path, wanted.xattrs());
    }
    FileStatus status = store.status(path);
    boolean link = kind == FileKind.SYMLINK;
    store.setAttributes(
        path,
        new AttributeChange(
            link ? OptionalInt.empty() : OptionalInt.of(wanted.permissions()),
            changed(status.owner(), wanted.owner()),
            changed(status.group(), wanted.group()),
            OptionalLong.empty(),
            OptionalLong.of(wanted.modifyNs())));
  }

  private static OptionalInt changed(int is, int wanted) {
    return is == wanted ? OptionalInt.empty() : OptionalInt.of(wanted);
  }

  private void xattrs(TreePath path, List<Message.Xattr> wanted) throws StoreException {
    Set<String> keep = new HashSet<>();
    for (Message.Xattr xattr : wanted) {
      keep.add(text(xattr.name()));
    }
    Map<String, byte[]> present = new HashMap<>();
    for (byte[] name : store.xattrs(path)) {
      if (keep.contains(text(name))) {
        present.put(text(name), store.xattr(path, name));
      } else {
        store.removeXattr(path, name);
      }
    }
    for (Message.Xattr xattr : wanted) {
      if (!Arrays.equals(present.get(text(xattr.name())), xattr.value())) {
        store.setXattr(path, xattr.name(), xattr.value());
      }
    }
  }

  private long nextData(OpenFile file, long offset) throws StoreException {
    try {
      return store.seek(file, FileStore.Region.DATA, offset);
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_SUCH_RANGE) {
        return Long.MAX_VALUE;
      }
      throw e;
    }
  }

  private static void close(Current file) {
    if (file.open() != null) {
      file.open().close();
    }
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}

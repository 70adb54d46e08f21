package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Sends content: known ranges as data, possible ones as hashes in batches, of which only what
 * differs follows. One thread.
 */
final class SourceFiles {
  private static final int CHUNK = 256 * 1024;
  private static final int BATCH_FILES = 256;
  private static final long BATCH_BYTES = 64 << 20;
  private static final int HASHES_AT_ONCE = 4096;

  /** A file whose hashes are out. */
  private record Compared(
      FileId id, TreePath path, OpenFile open, FileStatus status, Message.Attributes attributes) {}

  private final SourceTree tree;
  private final FileStore store;
  private final SourceSession session;
  private final LongConsumer progress;
  private final BlockHash hash;
  private final ByteBuffer direct = ByteBuffer.allocateDirect(CHUNK);
  private final Map<FileId, Compared> batch = new LinkedHashMap<>();
  private final List<Message.Piece> pieces = new ArrayList<>();
  private int pieceBytes;
  private long batchBytes;
  private int batches;

  /** Hashes that are out: at most one block differs for each. */
  private long hashesOut;

  /** {@code progress} is told the length of content that was settled. */
  SourceFiles(SourceTree tree, SourceSession session, LongConsumer progress) {
    this.tree = tree;
    this.store = tree.store;
    this.session = session;
    this.progress = progress;
    this.hash = new BlockHash(store);
  }

  /** A file as it was when it was opened by its path, surely itself. */
  private record Opened(
      OpenFile open, FileStatus status, Message.Attributes attributes, byte[] link)
      implements SourceTree.AutoCloseableRead {
    @Override
    public void close() {
      if (open != null) {
        open.close();
      }
    }
  }

  /**
   * Sends one file, link or device.
   *
   * @param dirty what changed
   * @param whole whether the target has nothing of it
   * @return false when the path stopped leading to it, and nothing was sent
   */
  boolean send(DirtyFile dirty, TreePath path, boolean whole) throws IOException {
    boolean xattrs = whole || dirty.xattrs || dirty.created;
    Opened opened = tree.surely(path, dirty.id, () -> open(path, xattrs));
    if (opened == null) {
      return false;
    }
    boolean kept = false;
    try {
      FileStatus now = opened.status();
      long lowWater = whole ? 0 : dirty.lowWater;
      session.send(begin(dirty.id, path, now, lowWater, opened.link()));
      kept = opened.open() != null && content(dirty, path, opened, whole);
      if (!kept) {
        session.send(new Message.FileEnd(dirty.id, opened.attributes()));
      }
    } finally {
      if (!kept) {
        opened.close();
      }
    }
    if (batch.size() >= BATCH_FILES || batchBytes >= BATCH_BYTES) {
      settle();
    }
    return true;
  }

  private Opened open(TreePath path, boolean xattrs) throws IOException {
    FileStatus status = store.status(path);
    if (status.kind() != FileKind.FILE) {
      byte[] link = status.kind() == FileKind.SYMLINK ? store.readLink(path) : new byte[0];
      return new Opened(null, status, tree.attributes(path, status, true), link);
    }
    OpenFile open = store.open(path, FileStore.Access.READ);
    try {
      FileStatus now = store.status(open);
      return new Opened(open, now, tree.attributes(path, now, xattrs), new byte[0]);
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /** Sends data and hashes; returns whether hashes are out, so that the file stays open. */
  private boolean content(DirtyFile dirty, TreePath path, Opened opened, boolean whole)
      throws IOException {
    long size = opened.status().sizeBytes();
    if (whole) {
      range(dirty.id, opened.open(), 0, size);
    } else {
      // the target has nothing behind the low water, whatever is known of changes there: a file
      // that was to be cut, and was not, is all there behind it
      long known = Math.min(size, dirty.lowWater);
      dirty.exact.forEachBelow(known, (from, to) -> range(dirty.id, opened.open(), from, to));
      dirty.exact.forEachBelow(
          size, (from, to) -> progress.accept(Math.max(0, to - Math.max(known, from))));
      ranges(dirty.id, opened.open(), known, size);
    }
    flush(dirty.id);
    if (whole || dirty.coarse.isEmpty()) {
      return false;
    }
    batch.put(
        dirty.id,
        new Compared(dirty.id, path, opened.open(), opened.status(), opened.attributes()));
    dirty.coarse.forEachBelow(
        Math.min(size, dirty.lowWater), (from, to) -> coarse(dirty.id, opened.open(), from, to));
    return true;
  }

  /** Waits for the answers to all hashes that are out, and sends what differs. */
  void settle() throws IOException {
    try {
      List<Message.Differs> coarse = answers();
      List<Message.Differs> fine = new ArrayList<>();
      for (Message.Differs differs : coarse) {
        Compared file = batch.get(differs.id());
        if (file == null) {
          continue;
        }
        if (differs.whole()) {
          range(file.id(), file.open(), 0, file.status().sizeBytes());
          flush(file.id());
        } else if (refine(file, differs)) {
          fine.add(differs);
        }
      }
      if (!fine.isEmpty()) {
        for (Message.Differs differs : answers()) {
          blocks(batch.get(differs.id()), differs);
        }
      }
      for (Compared file : batch.values()) {
        session.send(new Message.FileEnd(file.id(), file.attributes()));
      }
    } finally {
      close();
    }
  }

  /** Closes what is open. */
  void close() {
    batch.values().forEach(file -> file.open().close());
    batch.clear();
    batchBytes = 0;
    pieces.clear();
    pieceBytes = 0;
  }

  private List<Message.Differs> answers() throws IOException {
    int number = ++batches;
    session.send(new Message.BatchEnd(number));
    Map<FileId, Message.Differs> whole = new LinkedHashMap<>();
    List<Message.Differs> found = new ArrayList<>();
    while (true) {
      Message answer = session.next();
      if (answer instanceof Message.BatchAnswer end && end.number() == number) {
        hashesOut = 0;
        break;
      }
      if (!(answer instanceof Message.Differs differs)) {
        throw new IOException(answer.getClass().getSimpleName() + " among answers to hashes");
      }
      hashesOut -= Math.max(1, differs.offsets().size());
      if (hashesOut < 0) {
        throw new IOException("the target finds more that differs than it was asked about");
      }
      if (!differs.whole()) {
        found.add(differs);
      } else if (whole.putIfAbsent(differs.id(), differs) == null) {
        found.add(differs);
      }
    }
    return found;
  }

  /** Sends finer hashes of blocks that differ, or the blocks; returns whether an answer comes. */
  private boolean refine(Compared file, Message.Differs differs) throws IOException {
    long size = file.status().sizeBytes();
    boolean asked = false;
    for (long offset : differs.offsets()) {
      long end = offset < size ? Math.min(offset + BlockHash.COARSE_BLOCK, size) : offset;
      if (end - offset > 2 * BlockHash.FINE_BLOCK) {
        hashes(file.id(), file.open(), offset, end, BlockHash.FINE_BLOCK);
        asked = true;
      } else if (end > offset) {
        range(file.id(), file.open(), offset, end);
      }
    }
    flush(file.id());
    return asked;
  }

  private void blocks(Compared file, Message.Differs differs) throws IOException {
    if (file == null) {
      return;
    }
    RangeSet ranges = new RangeSet();
    for (long offset : differs.offsets()) {
      if (offset < file.status().sizeBytes()) {
        ranges.add(offset, offset + BlockHash.FINE_BLOCK);
      }
    }
    ranges.forEachBelow(
        file.status().sizeBytes(), (from, to) -> range(file.id(), file.open(), from, to));
    flush(file.id());
  }

  private static Message.File begin(
      FileId id, TreePath path, FileStatus status, long lowWater, byte[] target) {
    return new Message.File(
        id, path, status.kind(), status.sizeBytes(), lowWater, status.device(), target);
  }

  /** Sends a range: its data, and its holes as holes. */
  private void range(FileId id, OpenFile open, long from, long to) throws IOException {
    ranges(id, open, from, to);
    progress.accept(to - from);
  }

  private void ranges(FileId id, OpenFile open, long from, long to) throws IOException {
    parts(id, open, from, to, (start, end) -> data(id, open, start, end));
  }

  private void coarse(FileId id, OpenFile open, long from, long to) throws IOException {
    parts(
        id,
        open,
        from,
        to,
        (start, end) -> {
          hashes(id, open, start, end, BlockHash.COARSE_BLOCK);
          batchBytes += end - start;
        });
    progress.accept(to - from);
  }

  private void parts(
      FileId id, OpenFile open, long from, long to, RangeSet.Visitor<IOException> data)
      throws IOException {
    long at = from;
    while (at < to) {
      long start = Math.min(to, seek(open, FileStore.Region.DATA, at));
      if (start > at) {
        flush(id);
        session.send(new Message.Hole(id, at, start - at));
      }
      long end = start < to ? Math.min(to, seek(open, FileStore.Region.HOLE, start)) : to;
      if (end > start) {
        data.range(start, end);
      }
      at = Math.max(end, start);
      if (end <= start && start < to) {
        return;
      }
    }
  }

  private long seek(OpenFile open, FileStore.Region region, long offset) throws StoreException {
    try {
      return store.seek(open, region, offset);
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_SUCH_RANGE) {
        return Long.MAX_VALUE;
      }
      throw e;
    }
  }

  private void data(FileId id, OpenFile open, long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      int length = (int) Math.min(to - at, CHUNK - pieceBytes);
      BlockHash.fill(store, open, at, direct.clear().limit(length));
      pieces.add(new Message.Piece(at, ByteBuffer.allocate(length).put(direct).flip()));
      pieceBytes += length;
      at += length;
      if (pieceBytes >= CHUNK || pieces.size() >= HASHES_AT_ONCE) {
        flush(id);
      }
    }
  }

  private void flush(FileId id) throws IOException {
    if (!pieces.isEmpty()) {
      session.send(new Message.Data(id, pieces));
      pieces.clear();
      pieceBytes = 0;
    }
  }

  private void hashes(FileId id, OpenFile open, long from, long to, int block) throws IOException {
    for (long at = from; at < to; ) {
      long end = Math.min(to, at + (long) block * HASHES_AT_ONCE);
      int count = (int) ((end - at + block - 1) / block);
      ByteBuffer hashes = ByteBuffer.allocate(count * BlockHash.BYTES);
      for (long offset = at; offset < end; offset += block) {
        hashes.put(hash.of(open, offset, (int) Math.min(block, end - offset)));
      }
      hashesOut += count;
      session.send(new Message.Hashes(id, at, block, end, hashes.flip()));
      at = end;
    }
  }
}

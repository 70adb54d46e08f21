package io.lockstep.replicator.testkit;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One inode of a {@link MemoryFileStore}: attributes, and the pages, names or target it holds. */
final class MemoryNode {
  static final int PAGE = 4096;

  final long inode;
  final NewFile born;
  final TreeMap<String, MemoryNode> children = new TreeMap<>();
  final TreeMap<String, byte[]> xattrs = new TreeMap<>();
  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  Optional<FileId> id = Optional.empty();
  int permissions;
  int owner;
  int group;
  int links = 1;
  long size;
  long accessNs;
  long modifyNs;
  long changeNs;

  MemoryNode(long inode, NewFile born, long nowNs) {
    this.inode = inode;
    this.born = born;
    this.permissions = born.kind() == FileKind.SYMLINK ? 0777 : born.permissions();
    this.owner = born.owner();
    this.group = born.group();
    this.size = born.target().length;
    this.accessNs = nowNs;
    this.modifyNs = nowNs;
    this.changeNs = nowNs;
  }

  FileKind kind() {
    return born.kind();
  }

  boolean isDirectory() {
    return born.kind() == FileKind.DIRECTORY;
  }

  FileStatus status() {
    int names = links;
    if (isDirectory()) {
      names = 2 + (int) children.values().stream().filter(MemoryNode::isDirectory).count();
    }
    return new FileStatus(
        kind(),
        permissions,
        owner,
        group,
        names,
        size,
        pages.size() * (PAGE / 512L),
        PAGE,
        born.device(),
        inode,
        accessNs,
        modifyNs,
        changeNs);
  }

  int read(ByteBuffer into, long offset) {
    if (offset >= size) {
      return 0;
    }
    int count = (int) Math.min(into.remaining(), size - offset);
    int done = 0;
    while (done < count) {
      long at = offset + done;
      int within = (int) (at % PAGE);
      int step = Math.min(count - done, PAGE - within);
      byte[] page = pages.get(at / PAGE);
      if (page == null) {
        into.put(into.position() + done, new byte[step]);
      } else {
        into.put(into.position() + done, page, within, step);
      }
      done += step;
    }
    return count;
  }

  void write(ByteBuffer data, long offset) {
    int count = data.remaining();
    int done = 0;
    while (done < count) {
      long at = offset + done;
      int within = (int) (at % PAGE);
      int step = Math.min(count - done, PAGE - within);
      byte[] page = pages.computeIfAbsent(at / PAGE, number -> new byte[PAGE]);
      data.get(data.position() + done, page, within, step);
      done += step;
    }
    size = Math.max(size, count == 0 ? size : offset + count);
  }

  void truncate(long newSize) {
    if (newSize < size) {
      zero(newSize, size);
    }
    size = newSize;
  }

  /** Frees whole pages between the offsets and zeroes the parts of others. */
  void zero(long from, long to) {
    long first = from / PAGE;
    for (var entry : pages.tailMap(first, true).entrySet().toArray(Map.Entry<?, ?>[]::new)) {
      long start = (Long) entry.getKey() * PAGE;
      if (start >= to) {
        break;
      }
      boolean whole = start >= from && (start + PAGE <= to || to >= size);
      if (whole) {
        pages.remove(start / PAGE);
      } else {
        int low = (int) Math.max(0, from - start);
        int high = (int) Math.min(PAGE, to - start);
        Arrays.fill((byte[]) entry.getValue(), low, high, (byte) 0);
      }
    }
  }

  /** Start of the next data at or after {@code offset}, or -1. */
  long nextData(long offset) {
    Long page = pages.ceilingKey(offset / PAGE);
    return page == null ? -1 : Math.min(Math.max(offset, page * PAGE), size);
  }

  /** Start of the next hole at or after {@code offset}; the end of the file is one. */
  long nextHole(long offset) {
    long page = offset / PAGE;
    if (!pages.containsKey(page)) {
      return offset;
    }
    while (pages.containsKey(page)) {
      page++;
    }
    return Math.min(page * PAGE, size);
  }

  /** A deep copy; nodes with several names stay one through {@code seen}. */
  MemoryNode copy(Map<MemoryNode, MemoryNode> seen) {
    MemoryNode known = seen.get(this);
    if (known != null) {
      return known;
    }
    MemoryNode copy = new MemoryNode(inode, born, 0);
    seen.put(this, copy);
    copy.id = id;
    copy.permissions = permissions;
    copy.owner = owner;
    copy.group = group;
    copy.links = links;
    copy.size = size;
    copy.accessNs = accessNs;
    copy.modifyNs = modifyNs;
    copy.changeNs = changeNs;
    copy.xattrs.putAll(xattrs);
    pages.forEach((number, page) -> copy.pages.put(number, page.clone()));
    children.forEach((name, child) -> copy.children.put(name, child.copy(seen)));
    return copy;
  }
}

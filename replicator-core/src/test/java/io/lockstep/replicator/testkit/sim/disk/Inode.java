package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.TreeMap;

/** One file, directory or link as programs see it: attributes, and the pages or names it holds. */
final class Inode {
  /** Never given twice, unlike {@link #inode}. */
  final long number;

  /** The number that programs see; given again when the file is gone. */
  final long inode;

  final NewFile born;
  final TreeMap<String, Inode> children = new TreeMap<>();
  final TreeMap<String, byte[]> xattrs = new TreeMap<>();
  final TreeMap<Long, Page> pages = new TreeMap<>();
  Optional<FileId> id = Optional.empty();
  int permissions;
  int owner;
  int group;
  int links;
  int handles;
  long size;
  long accessNs;
  long modifyNs;
  long changeNs;

  /** All that a file is but its names and content. */
  record Attributes(
      Optional<FileId> id,
      int permissions,
      int owner,
      int group,
      long accessNs,
      long modifyNs,
      long changeNs) {}

  Inode(long number, long inode, NewFile born, long nowNs) {
    this.number = number;
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

  Attributes attributes() {
    return new Attributes(id, permissions, owner, group, accessNs, modifyNs, changeNs);
  }

  void set(Attributes from) {
    id = from.id();
    permissions = from.permissions();
    owner = from.owner();
    group = from.group();
    accessNs = from.accessNs();
    modifyNs = from.modifyNs();
    changeNs = from.changeNs();
  }

  FileStatus status() {
    int names = links;
    if (isDirectory()) {
      names = 2 + (int) children.values().stream().filter(Inode::isDirectory).count();
    }
    return new FileStatus(
        kind(),
        permissions,
        owner,
        group,
        names,
        size,
        pages.size() * (Page.BYTES / 512L),
        Page.BYTES,
        born.device(),
        inode,
        accessNs,
        modifyNs,
        changeNs);
  }

  /** Reads into {@code into} from its position on, which stays; returns how many bytes. */
  int read(ByteBuffer into, long offset) {
    if (offset >= size) {
      return 0;
    }
    int count = (int) Math.min(into.remaining(), size - offset);
    int done = 0;
    while (done < count) {
      long at = offset + done;
      int within = (int) (at % Page.BYTES);
      int step = Math.min(count - done, Page.BYTES - within);
      Page page = pages.get(at / Page.BYTES);
      if (page == null) {
        into.put(into.position() + done, new byte[step]);
      } else {
        into.put(into.position() + done, page.bytes, within, step);
      }
      done += step;
    }
    return count;
  }

  /** Start of the next data at or after {@code offset}, or -1. */
  long nextData(long offset) {
    Long page = pages.ceilingKey(offset / Page.BYTES);
    return page == null ? -1 : Math.min(Math.max(offset, page * Page.BYTES), size);
  }

  /** Start of the next hole at or after {@code offset}; the end of the file is one. */
  long nextHole(long offset) {
    long page = offset / Page.BYTES;
    if (!pages.containsKey(page)) {
      return offset;
    }
    while (pages.containsKey(page)) {
      page++;
    }
    return Math.min(page * Page.BYTES, size);
  }
}

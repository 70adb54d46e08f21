package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A file system as its files, its page cache and its disk: what ext4 with {@code data=ordered} and
 * delayed allocation keeps of it when the power goes.
 *
 * <ul>
 *   <li>Metadata is journaled: a loss of power keeps a prefix of the transactions, of which each
 *       modifying call makes one.
 *   <li>A page that has a block is overwritten in place, at any moment after the write, whatever
 *       becomes of the metadata; a loss of power in the middle tears it between sectors.
 *   <li>A page without a block gets one at writeback. Its data is there before the metadata that
 *       makes it part of the file, so new blocks hold their data, and what a file grew by without
 *       them reads as zeros.
 *   <li>A failed sync reports its error once and leaves the pages clean, as Linux does: programs
 *       read what they wrote until the power goes, and the next sync has nothing to do.
 * </ul>
 *
 * <p>Every modification ends with {@link #end}. Not thread-safe.
 */
final class CrashingTree {
  /** How far the sync of one file reaches. */
  enum Sync {
    /** All metadata up to it, as a journal with one running transaction does. */
    PREFIX,
    /** The file alone: a name needs the sync of its directory. */
    FILE
  }

  /** Beyond this many the oldest half is committed, as by ext4's timer. */
  private static final int MAX_PENDING = 1024;

  private final RandomGenerator random;
  private final Sync sync;
  private final StableImage stable = new StableImage(this::writeback);
  private final List<Inode> roots = new ArrayList<>();
  private final ArrayList<Page> dirty = new ArrayList<>();
  private final Set<Inode> orphans = new LinkedHashSet<>();
  private final List<Long> freeInodes = new ArrayList<>();
  private List<Change> transaction = new ArrayList<>();
  private long nextNumber = 1;
  private long nextInode = 2;
  private long usedPages;
  private long maxPages = Long.MAX_VALUE;
  private int writebackPerMille;
  private int commitPerMille;
  private int failingSyncs;

  CrashingTree(RandomGenerator random, Sync sync) {
    this.random = random;
    this.sync = sync;
  }

  /** From now on each modification is followed by a writeback or a commit with these chances. */
  void activity(int writeback, int commit) {
    writebackPerMille = writeback;
    commitPerMille = commit;
  }

  /** From now on only {@code bytes} more can be allocated. */
  void fullAfter(long bytes) {
    maxPages = bytes == Long.MAX_VALUE ? bytes : usedPages + bytes / Page.BYTES;
  }

  /** Pages that can still be allocated. */
  long freePages() {
    return maxPages - usedPages;
  }

  /** The next {@code count} syncs fail. */
  void failSyncs(int count) {
    failingSyncs = count;
  }

  List<Inode> roots() {
    return roots;
  }

  /** One more root, stable at once. */
  Inode addRoot(NewFile what, Optional<FileId> id, long nowNs) {
    Inode root = born(what, id, nowNs);
    root.links = 1;
    roots.add(root);
    stable.log(transaction);
    transaction = new ArrayList<>();
    stable.commit(stable.pending());
    return root;
  }

  /** A file with no name yet. @throws StoreException NO_SPACE */
  Inode create(NewFile what, Optional<FileId> id, long nowNs) throws StoreException {
    if (freePages() <= 0) {
      throw full();
    }
    return born(what, id, nowNs);
  }

  private Inode born(NewFile what, Optional<FileId> id, long nowNs) {
    long visible = freeInodes.isEmpty() ? nextInode++ : freeInodes.remove(freeInodes.size() - 1);
    Inode inode = new Inode(nextNumber++, visible, what, nowNs);
    inode.id = id;
    transaction.add(new Change.Born(inode.number, visible, what));
    attributes(inode);
    return inode;
  }

  /** Records the attributes that {@code inode} has now. */
  void attributes(Inode inode) {
    transaction.add(new Change.Attributes(inode.number, inode.attributes()));
  }

  /** Gives a name, in place of what had it, which the caller counts. */
  void name(Inode directory, String name, Inode child) {
    directory.children.put(name, child);
    transaction.add(new Change.Name(directory.number, name, child.number));
  }

  /** Takes a name away. */
  void unname(Inode directory, String name) {
    directory.children.remove(name);
    transaction.add(new Change.Name(directory.number, name, 0));
  }

  /** Sets an extended attribute, or removes it where {@code value} is null. */
  void xattr(Inode inode, String name, byte[] value) {
    if (value == null) {
      inode.xattrs.remove(name);
    } else {
      inode.xattrs.put(name, value);
    }
    transaction.add(new Change.Xattr(inode.number, name, value));
  }

  /** One link or handle less; the last frees the file. */
  void released(Inode inode) {
    if (inode.links > 0) {
      return;
    }
    if (inode.handles > 0) {
      orphans.add(inode);
    } else {
      orphans.remove(inode);
      new ArrayList<>(inode.pages.values()).forEach(this::drop);
      freeInodes.add(inode.inode);
      transaction.add(new Change.Gone(inode.number));
    }
  }

  /** Writes what there is room for. @throws StoreException NO_SPACE having written a part */
  void write(Inode inode, ByteBuffer data, long offset) throws StoreException {
    int count = data.remaining();
    int done = 0;
    while (done < count) {
      long at = offset + done;
      int within = (int) (at % Page.BYTES);
      int step = Math.min(count - done, Page.BYTES - within);
      Page page = writable(inode, at / Page.BYTES);
      data.get(data.position() + done, page.bytes, within, step);
      done += step;
      if (at + step > inode.size) {
        inode.size = at + step;
        if (page.block != null) {
          transaction.add(new Change.Size(inode.number, inode.size, null));
        }
      }
    }
  }

  private Page writable(Inode inode, long number) throws StoreException {
    Page page = inode.pages.get(number);
    if (page == null) {
      if (freePages() <= 0) {
        throw full();
      }
      page = new Page(inode, number);
      inode.pages.put(number, page);
      usedPages++;
    } else if (!page.dirty()) {
      page.bytes = page.bytes.clone();
    }
    dirtied(page);
    return page;
  }

  private void dirtied(Page page) {
    if (!page.dirty()) {
      page.dirtyIndex = dirty.size();
      dirty.add(page);
    }
  }

  /** Cuts, or grows by a hole. */
  void resize(Inode inode, long size) {
    Page tail = null;
    if (size < inode.size) {
      unmap(inode, (size + Page.BYTES - 1) / Page.BYTES, Long.MAX_VALUE / Page.BYTES);
      int keep = (int) (size % Page.BYTES);
      tail = keep == 0 ? null : inode.pages.get(size / Page.BYTES);
      if (tail != null) {
        zero(tail, keep, Page.BYTES);
        tail.tailCut = tail.block != null;
      }
    }
    inode.size = size;
    transaction.add(new Change.Size(inode.number, size, tail));
  }

  /** Zeroes a range within the file: whole pages become holes. */
  void zero(Inode inode, long from, long to) {
    long first = (from + Page.BYTES - 1) / Page.BYTES;
    long end = to >= inode.size ? (to + Page.BYTES - 1) / Page.BYTES : to / Page.BYTES;
    if (first < end) {
      unmap(inode, first, end);
      transaction.add(new Change.Unmap(inode.number, first, end));
      transaction.add(new Change.Size(inode.number, inode.size, null));
    }
    zeroPart(inode, from, Math.min(to, first * Page.BYTES));
    zeroPart(inode, Math.max(from, end * Page.BYTES), to);
  }

  private void zeroPart(Inode inode, long from, long to) {
    Page page = from < to ? inode.pages.get(from / Page.BYTES) : null;
    if (page != null) {
      int within = (int) (from % Page.BYTES);
      zero(page, within, (int) Math.min(Page.BYTES, within + to - from));
    }
  }

  private void zero(Page page, int from, int to) {
    if (!page.dirty()) {
      page.bytes = page.bytes.clone();
    }
    Arrays.fill(page.bytes, from, to, (byte) 0);
    dirtied(page);
  }

  private void unmap(Inode inode, long first, long end) {
    new ArrayList<>(inode.pages.subMap(first, end).values()).forEach(this::drop);
  }

  private void drop(Page page) {
    if (page.dirty() && page.tailCut) {
      writeback(page);
    }
    clean(page);
    page.inode.pages.remove(page.number);
    usedPages--;
  }

  private void clean(Page page) {
    if (page.dirty()) {
      Page last = dirty.remove(dirty.size() - 1);
      if (last != page) {
        dirty.set(page.dirtyIndex, last);
        last.dirtyIndex = page.dirtyIndex;
      }
      page.dirtyIndex = -1;
    }
    page.tailCut = false;
  }

  /** Brings a page to the disk; a new block becomes the file's with a later commit. */
  private void writeback(Page page) {
    clean(page);
    boolean first = page.block == null;
    if (first) {
      page.block = new Page.Block();
    }
    page.block.bytes = page.bytes;
    if (first) {
      Inode inode = page.inode;
      stable.log(
          new ArrayList<>(
              List.of(new Change.Map(inode.number, page.number, page.block, inode.size))));
    }
  }

  /** Ends one modifying call: its transaction is complete, and the kernel may do some work. */
  void end() {
    if (!transaction.isEmpty()) {
      stable.log(transaction);
      transaction = new ArrayList<>();
    }
    if (writebackPerMille > 0 && random.nextInt(1000) < writebackPerMille && !dirty.isEmpty()) {
      writeback(dirty.get(random.nextInt(dirty.size())));
    }
    if (commitPerMille > 0 && random.nextInt(1000) < commitPerMille) {
      stable.commit(random.nextInt(stable.pending() + 1));
    }
    if (stable.pending() > MAX_PENDING) {
      stable.commit(stable.pending() / 2);
    }
  }

  /** As fsync, or fdatasync. @throws StoreException IO, once for what was lost */
  void syncFile(Inode inode, boolean dataOnly) throws StoreException {
    List<Page> pages = inode.pages.values().stream().filter(Page::dirty).toList();
    if (failing()) {
      pages.forEach(this::clean);
      throw lost();
    }
    pages.forEach(this::writeback);
    if (sync == Sync.FILE) {
      stable.commitFile(inode.number);
    } else if (dataOnly) {
      stable.commitThrough(change -> change.number() == inode.number && change.ofContent());
    } else {
      stable.commit(stable.pending());
    }
  }

  /** As fsync of a directory. */
  void syncDirectory(Inode directory) throws StoreException {
    if (failing()) {
      throw lost();
    }
    stable.commitThrough(change -> change.number() == directory.number && change.ofNames());
  }

  /** As syncfs. */
  void syncAll() throws StoreException {
    if (failing()) {
      new ArrayList<>(dirty).stream().filter(p -> random.nextBoolean()).forEach(this::clean);
      throw lost();
    }
    new ArrayList<>(dirty).forEach(this::writeback);
    stable.commit(stable.pending());
  }

  private boolean failing() {
    if (failingSyncs > 0) {
      failingSyncs--;
      return true;
    }
    return false;
  }

  /** Inverts one bit on the disk, and in the page cache where that is clean; false in a hole. */
  boolean flip(Inode inode, long offset, int bit) {
    Page page = inode.pages.get(offset / Page.BYTES);
    if (page == null || page.block == null || offset >= inode.size) {
      return false;
    }
    byte[] spoilt = page.block.bytes.clone();
    spoilt[(int) (offset % Page.BYTES)] ^= (byte) (1 << bit);
    page.block.bytes = spoilt;
    if (!page.dirty()) {
      page.bytes = spoilt;
    }
    return true;
  }

  /** The processes end: files without a name are freed, everything else stays. */
  void processCrash() {
    transaction = new ArrayList<>();
    roots.forEach(CrashingTree::closeAll);
    for (Inode orphan : new ArrayList<>(orphans)) {
      orphan.handles = 0;
      released(orphan);
    }
    end();
  }

  private static void closeAll(Inode inode) {
    inode.handles = 0;
    inode.children.values().forEach(CrashingTree::closeAll);
  }

  /**
   * The power goes and comes back: what is on the disk is kept, of the rest a random part that the
   * rules above allow.
   */
  void powerLoss() {
    transaction = new ArrayList<>();
    int keepPages = share();
    for (Page page : new ArrayList<>(dirty)) {
      if (random.nextInt(100) < keepPages) {
        if (page.block != null && random.nextInt(4) == 0) {
          tear(page);
        } else {
          writeback(page);
        }
      }
    }
    stable.commit(
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> stable.pending();
          default -> random.nextInt(stable.pending() + 1);
        });
    mount();
  }

  /** None, all, or any share of a hundred: the extremes find most. */
  private int share() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> 100;
      default -> random.nextInt(101);
    };
  }

  private void tear(Page page) {
    byte[] torn = page.block.bytes.clone();
    for (int at = 0; at < Page.BYTES; at += Page.SECTOR_BYTES) {
      if (random.nextBoolean()) {
        System.arraycopy(page.bytes, at, torn, at, Page.SECTOR_BYTES);
      }
    }
    page.block.bytes = torn;
  }

  private void mount() {
    stable.drop();
    dirty.forEach(page -> page.dirtyIndex = -1);
    dirty.clear();
    orphans.clear();
    Map<Long, Inode> mounted = new HashMap<>();
    roots.replaceAll(root -> stable.mount(root.number, mounted));
    stable.keep(mounted);
    usedPages = mounted.values().stream().mapToLong(inode -> inode.pages.size()).sum();
    freeInodes.clear();
  }

  /** Takes over what {@code other} holds, all of it stable. */
  void become(CrashingTree other) {
    transaction = new ArrayList<>();
    stable.drop();
    dirty.forEach(page -> page.dirtyIndex = -1);
    dirty.clear();
    orphans.clear();
    roots.clear();
    nextNumber = other.nextNumber;
    nextInode = other.nextInode;
    Map<Long, Inode> copies = new HashMap<>();
    other.roots.forEach(root -> roots.add(copy(root, copies)));
    stable.log(transaction);
    transaction = new ArrayList<>();
    new ArrayList<>(dirty).forEach(this::writeback);
    stable.commit(stable.pending());
    stable.keep(copies);
    usedPages = copies.values().stream().mapToLong(inode -> inode.pages.size()).sum();
    freeInodes.clear();
  }

  private Inode copy(Inode from, Map<Long, Inode> copies) {
    Inode known = copies.get(from.number);
    if (known != null) {
      return known;
    }
    Inode copy = new Inode(from.number, from.inode, from.born, 0);
    copies.put(from.number, copy);
    transaction.add(new Change.Born(copy.number, copy.inode, copy.born));
    copy.set(from.attributes());
    attributes(copy);
    copy.links = from.links;
    copy.size = from.size;
    transaction.add(new Change.Size(copy.number, copy.size, null));
    from.xattrs.forEach((name, value) -> xattr(copy, name, value));
    from.pages.forEach((number, page) -> copyPage(copy, page));
    from.children.forEach((name, child) -> name(copy, name, copy(child, copies)));
    return copy;
  }

  private void copyPage(Inode inode, Page from) {
    Page page = new Page(inode, from.number);
    page.bytes = from.bytes.clone();
    inode.pages.put(from.number, page);
    dirtied(page);
  }

  private static StoreException full() {
    return new StoreException(Failure.NO_SPACE, "the simulated disk is full");
  }

  private static StoreException lost() {
    return new StoreException(Failure.IO, "the simulated disk lost what was to be forced");
  }
}

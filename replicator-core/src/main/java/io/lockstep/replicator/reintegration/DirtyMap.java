package io.lockstep.replicator.reintegration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What changed since a base, exactly and in memory: files by identity with the byte ranges that
 * changed, directories by identity with the names that changed. Follows renames: the paths of
 * elements, and of those below a renamed directory, are where they are now.
 *
 * <p>Bounded: many ranges of a file or names of a directory are kept more coarsely, and past {@code
 * maxElements} the map only knows that {@link #everything} may have changed. Thread-safe.
 *
 * <p>For a round of reintegration {@link #drain} moves the content to another map, which goes on
 * following this one's renames and removals until it is given back ({@link #mergeBack}) or
 * forgotten ({@link #forget}).
 */
public final class DirtyMap {
  /**
   * Heap for each element. One takes a sixth of that at the most; the map may be there twice, once
   * drained and once anew, and the rest of the agent needs the heap as well.
   */
  private static final long HEAP_BYTES_AN_ELEMENT = 3072;

  /** Bytes that a range without a known end counts for in statistics. */
  private static final long UNKNOWN_END = 1L << 62;

  private final int maxElements;

  @GuardedBy("this")
  private final Map<FileId, DirtyFile> files = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<FileId, DirtyDirectory> directories = new LinkedHashMap<>();

  @GuardedBy("this")
  private final PathIndex<DirtyFile> fileIndex = new PathIndex<>();

  @GuardedBy("this")
  private final PathIndex<DirtyDirectory> directoryIndex = new PathIndex<>();

  @GuardedBy("this")
  private final List<DirtyMap> drained = new ArrayList<>();

  /** What was renamed while a drained map said that everything may have changed. */
  @GuardedBy("this")
  private final Map<FileId, TreePath> movedMeanwhile = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean everything;

  /** Renames and exchanges recorded so far. */
  private volatile long moves;

  @GuardedBy("this")
  private long weight;

  /** An empty map, as large as this process's heap allows. */
  public DirtyMap() {
    this(elements(Runtime.getRuntime().maxMemory()));
  }

  /** How many elements a heap of so many bytes has room for. */
  static int elements(long heapBytes) {
    return (int) Math.min(Integer.MAX_VALUE, heapBytes / HEAP_BYTES_AN_ELEMENT);
  }

  /** An empty map that holds up to {@code maxElements} files, names and ranges. */
  public DirtyMap(int maxElements) {
    this.maxElements = maxElements;
  }

  /** Records one operation by which no file loses a name while it has others. */
  public void record(Operation operation) {
    record(operation, false, false);
  }

  /**
   * Records one operation.
   *
   * @param otherNames whether a file that loses a name by it (removed or replaced) has others
   * @param sent whether the other node may have it already
   */
  public synchronized void record(Operation operation, boolean otherNames, boolean sent) {
    for (DirtyMap map : drained) {
      map.follow(operation, otherNames);
    }
    follow(operation, otherNames);
    if (operation instanceof Operation.Rename || operation instanceof Operation.Exchange) {
      long next = moves + 1;
      moves = next;
      noteMoves(operation);
    }
    if (everything || operation instanceof Operation.Identify && everythingIsSent()) {
      return;
    }
    if (operation instanceof Operation.Create create && !sent) {
      create(create);
    } else if (operation instanceof Operation.Truncate truncate) {
      file(truncate.id(), truncate.path()).truncate(truncate.sizeBytes());
    } else if (operation instanceof Operation.Link link) {
      addName(file(link.id(), link.existing()), link.existing());
      addName(file(link.id(), link.existing()), link.path());
      TouchedSet.of(operation).forEach(this::touch);
    } else if (operation instanceof Operation.Identify identify) {
      file(identify.id(), identify.path()).whole();
    } else {
      TouchedSet.of(operation).forEach(this::touch);
    }
    bound();
  }

  /**
   * Whether a round over everything is under way. It gives every file that has none an identity
   * before it sends the file, and what it may miss is in {@link #takeMoved}: an identity given
   * meanwhile is nothing that is still to be sent. Of a first copy it would be every file.
   */
  synchronized boolean everythingIsSent() {
    for (DirtyMap map : drained) {
      if (map.everything()) {
        return true;
      }
    }
    return false;
  }

  /** Adds what another node says that it touched. */
  public synchronized void add(Touched touched) {
    touch(touched);
    bound();
  }

  /** Notes that anything may have changed. */
  public synchronized void markEverything() {
    clear();
    everything = true;
  }

  /** Whether anything may have changed, so that the trees must be compared in full. */
  public synchronized boolean everything() {
    return everything;
  }

  /** Whether nothing changed. */
  public synchronized boolean isEmpty() {
    return !everything && files.isEmpty() && directories.isEmpty();
  }

  /**
   * Every element as what an operation could have touched; files are told as a whole. One that lost
   * the last name by which it was known here, but has others, is told without: the other node looks
   * for it by its identity.
   */
  public synchronized List<Touched> touched() {
    List<Touched> touched = new ArrayList<>();
    if (everything) {
      touched.add(new Touched.Everything());
      return touched;
    }
    for (DirtyFile file : files.values()) {
      TreePath path = file.path() == null ? TreePath.root(0) : file.path();
      touched.add(new Touched.Whole(file.id, path));
    }
    for (DirtyDirectory directory : directories.values()) {
      if (directory.all) {
        touched.add(Touched.Name.all(directory.id, directory.path));
      }
      for (byte[] name : directory.names()) {
        touched.add(Touched.Name.of(directory.id, directory.path, name));
      }
    }
    return touched;
  }

  /** How much changed; walks the whole map. */
  public synchronized DirtyStatistics statistics() {
    long bytes = 0;
    for (DirtyFile file : files.values()) {
      bytes += known(file.exact) + known(file.coarse);
    }
    return new DirtyStatistics(files.size(), directories.size(), bytes, everything);
  }

  /** What a round would have to do, where of {@code gone} nothing is left to compare. */
  synchronized RoundPolicy.Remaining remaining(Set<FileId> gone) {
    boolean unknown = everything;
    for (DirtyFile file : files.values()) {
      unknown |= !file.coarse.isEmpty() && !gone.contains(file.id);
    }
    for (DirtyDirectory directory : directories.values()) {
      unknown |= directory.all && !gone.contains(directory.id);
    }
    DirtyStatistics now = statistics();
    return new RoundPolicy.Remaining(now.bytes(), now.files() + now.directories(), unknown);
  }

  /** Number of elements; cheap. */
  public synchronized int size() {
    return files.size() + directories.size();
  }

  /** Forgets everything. */
  public synchronized void clear() {
    files.clear();
    directories.clear();
    fileIndex.clear();
    directoryIndex.clear();
    everything = false;
    weight = 0;
  }

  /**
   * Moves the whole content to a new map, which from now on follows this one's renames and
   * removals.
   */
  public synchronized DirtyMap drain() {
    DirtyMap taken = new DirtyMap(maxElements);
    synchronized (taken) {
      taken.everything = everything;
      for (DirtyFile file : files.values()) {
        taken.put(file);
      }
      for (DirtyDirectory directory : directories.values()) {
        taken.put(directory);
      }
    }
    clear();
    drained.add(taken);
    return taken;
  }

  /** Whether a drained map is still out. */
  synchronized boolean hasDrained() {
    return !drained.isEmpty();
  }

  /** The drained maps that are still out. */
  synchronized List<DirtyMap> drained() {
    return List.copyOf(drained);
  }

  /** A map that was drained from this one has done its duty. */
  public synchronized void forget(DirtyMap taken) {
    drained.removeIf(map -> map == taken);
  }

  /** Takes back what a map that was drained from this one still holds. */
  public synchronized void mergeBack(DirtyMap taken) {
    forget(taken);
    synchronized (taken) {
      if (taken.everything) {
        markEverything();
      }
      if (everything) {
        return;
      }
      for (DirtyFile file : taken.files.values()) {
        mergeOlder(file);
      }
      for (DirtyDirectory directory : taken.directories.values()) {
        directory(directory.id, directory.path).mergeOlder(directory);
      }
    }
    weigh();
    bound();
  }

  /** Runs {@code action} with every file element, under the map's lock. */
  synchronized void forEachFile(Consumer<DirtyFile> action) {
    new ArrayList<>(files.values()).forEach(action);
  }

  /** Runs {@code action} with every directory element, under the map's lock. */
  synchronized void forEachDirectory(Consumer<DirtyDirectory> action) {
    directories.values().forEach(action);
  }

  /** The identities of all file elements, as they are now. */
  synchronized List<FileId> fileIds() {
    return new ArrayList<>(files.keySet());
  }

  /** The identities of all directory elements, as they are now. */
  synchronized List<FileId> directoryIds() {
    return new ArrayList<>(directories.keySet());
  }

  /** A file's element, or null. To be used under this map's lock only. */
  synchronized DirtyFile file(FileId id) {
    return files.get(id);
  }

  /** A directory's element, or null. To be used under this map's lock only. */
  synchronized DirtyDirectory directory(FileId id) {
    return directories.get(id);
  }

  /** The element's likeliest path, or null: where renames since have brought it. */
  synchronized TreePath path(DirtyFile file) {
    return file.path();
  }

  /** All names known of a file. */
  synchronized List<TreePath> names(DirtyFile file) {
    return List.copyOf(file.names());
  }

  /** Keeps only the elements of these identities; the rest was settled. */
  synchronized void retain(Set<FileId> ids) {
    everything = false;
    files.keySet().retainAll(ids);
    directories.keySet().retainAll(ids);
  }

  /** Puts an element as it was read from a log; replaces one of the same identity. */
  synchronized void put(DirtyFile file) {
    DirtyFile old = files.remove(file.id);
    if (old != null) {
      old.names().forEach(name -> fileIndex.remove(name, old));
    }
    files.put(file.id, file);
    file.names().forEach(name -> fileIndex.add(name, file));
    weight += 1 + file.ranges();
  }

  /** Puts an element as it was read from a log; replaces one of the same identity. */
  synchronized void put(DirtyDirectory directory) {
    DirtyDirectory old = directories.remove(directory.id);
    if (old != null) {
      directoryIndex.remove(old.path, old);
    }
    directories.put(directory.id, directory);
    directoryIndex.add(directory.path, directory);
    weight += 1 + directory.count();
  }

  /** Everything at or below one path is at another now. */
  synchronized void moved(TreePath from, TreePath to) {
    place(fileIndex.takeSubtree(from), directoryIndex.takeSubtree(from), from, to);
  }

  /** How many renames were recorded: a reader by path sees whether any came meanwhile. */
  long moves() {
    return moves;
  }

  /** What was renamed since everything was drained; emptied by the call. */
  synchronized Map<FileId, TreePath> takeMoved() {
    Map<FileId, TreePath> taken = new LinkedHashMap<>(movedMeanwhile);
    movedMeanwhile.clear();
    return taken;
  }

  @GuardedBy("this")
  private void noteMoves(Operation operation) {
    boolean needed = everythingIsSent();
    if (needed && operation instanceof Operation.Rename rename) {
      movedMeanwhile.put(rename.id(), rename.to());
    } else if (needed && operation instanceof Operation.Exchange exchange) {
      movedMeanwhile.put(exchange.id(), exchange.otherPath());
      movedMeanwhile.put(exchange.other(), exchange.path());
    }
  }

  @GuardedBy("this")
  private void create(Operation.Create create) {
    touch(Touched.Name.of(create.parent(), create.path().parent(), create.path().name()));
    DirtyFile file = file(create.id(), create.path());
    file.created = true;
    file.fresh = true;
    file.xattrs = true;
    file.lowWater = 0;
    if (create.file().kind() == FileKind.DIRECTORY) {
      directory(create.id(), create.path());
    }
  }

  @GuardedBy("this")
  private void touch(Touched touched) {
    if (everything) {
      return;
    }
    if (touched instanceof Touched.Name name) {
      DirtyDirectory directory = directory(name.directory(), name.path());
      int before = directory.count();
      if (name.name().isEmpty()) {
        directory.all();
      } else {
        directory.add(name.bytes());
      }
      weight += directory.count() - before;
    } else if (touched instanceof Touched.Content content) {
      DirtyFile file = file(content.id(), content.path());
      int before = file.ranges();
      if (content.doubtful()) {
        file.doubt(content.from(), content.to());
      } else {
        file.write(content.from(), content.to());
      }
      weight += file.ranges() - before;
    } else if (touched instanceof Touched.Metadata metadata) {
      file(metadata.id(), metadata.path()).xattrs |= metadata.xattrs();
    } else if (touched instanceof Touched.Whole whole) {
      file(whole.id(), whole.path()).whole();
    } else {
      markEverything();
    }
  }

  @GuardedBy("this")
  private DirtyFile file(FileId id, TreePath path) {
    DirtyFile file = files.get(id);
    if (file == null) {
      file = new DirtyFile(id);
      files.put(id, file);
      weight++;
    }
    if (file.names().isEmpty()) {
      addName(file, path);
    }
    return file;
  }

  @GuardedBy("this")
  private void addName(DirtyFile file, TreePath name) {
    if (file.addName(name)) {
      fileIndex.add(name, file);
    }
  }

  @GuardedBy("this")
  private DirtyDirectory directory(FileId id, TreePath path) {
    DirtyDirectory directory = directories.get(id);
    if (directory == null) {
      directory = new DirtyDirectory(id, path);
      directories.put(id, directory);
      directoryIndex.add(path, directory);
      weight++;
    }
    return directory;
  }

  /** Keeps paths true; marks nothing. */
  private synchronized void follow(Operation operation, boolean otherNames) {
    if (operation instanceof Operation.Remove remove) {
      nameGone(remove.id(), remove.path(), otherNames);
    } else if (operation instanceof Operation.Rename rename) {
      if (!rename.replaced().isNone()) {
        nameGone(rename.replaced(), rename.to(), otherNames);
      }
      moved(rename.path(), rename.to());
    } else if (operation instanceof Operation.Exchange exchange) {
      exchanged(exchange.path(), exchange.otherPath());
    }
  }

  @GuardedBy("this")
  private void nameGone(FileId id, TreePath name, boolean otherNames) {
    DirtyFile file = files.get(id);
    if (file != null) {
      fileIndex.remove(name, file);
      file.names().remove(name);
      if (file.names().isEmpty() && !otherNames) {
        files.remove(id);
        weight -= 1 + file.ranges();
      }
    }
    DirtyDirectory directory = directories.remove(id);
    if (directory != null) {
      directoryIndex.remove(directory.path, directory);
      weight -= 1 + directory.count();
    }
  }

  @GuardedBy("this")
  private void exchanged(TreePath one, TreePath other) {
    var files1 = fileIndex.takeSubtree(one);
    var directories1 = directoryIndex.takeSubtree(one);
    moved(other, one);
    place(files1, directories1, one, other);
  }

  @GuardedBy("this")
  private void place(
      List<PathIndex.Placed<DirtyFile>> movedFiles,
      List<PathIndex.Placed<DirtyDirectory>> movedDirectories,
      TreePath from,
      TreePath to) {
    for (PathIndex.Placed<DirtyFile> placed : movedFiles) {
      placed.element().names().remove(placed.path());
    }
    for (PathIndex.Placed<DirtyFile> placed : movedFiles) {
      addName(placed.element(), placed.path().rebase(from, to));
    }
    for (PathIndex.Placed<DirtyDirectory> placed : movedDirectories) {
      placed.element().path = placed.path().rebase(from, to);
      directoryIndex.add(placed.element().path, placed.element());
    }
  }

  @GuardedBy("this")
  private void mergeOlder(DirtyFile older) {
    DirtyFile file = files.get(older.id);
    if (file == null) {
      file = new DirtyFile(older.id);
      files.put(older.id, file);
    }
    file.mergeOlder(older);
    for (TreePath name : older.names()) {
      addName(file, name);
    }
  }

  @GuardedBy("this")
  private void bound() {
    if (weight > maxElements) {
      weigh();
      if (weight > maxElements) {
        markEverything();
      }
    }
  }

  @GuardedBy("this")
  private void weigh() {
    weight = 0;
    for (DirtyFile file : files.values()) {
      weight += 1 + file.ranges();
    }
    for (DirtyDirectory directory : directories.values()) {
      weight += 1 + directory.count();
    }
  }

  private static long known(RangeSet ranges) {
    long[] total = {0};
    ranges.forEach((from, to) -> total[0] += to > UNKNOWN_END ? 0 : to - from);
    return total[0];
  }
}

package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Sends one round: names first, from the top down, then content, then the attributes of
 * directories. One thread, used once.
 */
final class SourceRound {
  private static final int NAMES_AT_ONCE = 2048;

  /** Makes elements of this round durable. */
  @FunctionalInterface
  interface Notes {
    void note(List<Touched> touched) throws IOException;
  }

  private final SourceTree tree;
  private final Notes notes;
  private final SourceSession session;
  private final SourceFiles files;
  private final DirtyMap taken;
  private final boolean everything;

  /** Nothing moves meanwhile: what is not found is gone. */
  private final boolean last;

  /** Room for what the target says that it needs. */
  private final PeerMemory needed;

  private final Map<FileId, TreePath> found = new HashMap<>();
  private final Map<FileId, TreePath> directories = new LinkedHashMap<>();
  private final Map<FileId, Message.Need> whole = new LinkedHashMap<>();
  private final Set<FileId> unsent = new HashSet<>();
  private final Set<FileId> missing = new HashSet<>();
  private final List<Touched> left = new ArrayList<>();

  SourceRound(
      SourceTree tree,
      SourceSession session,
      DirtyMap taken,
      LongConsumer progress,
      Notes notes,
      boolean last,
      PeerMemory needed) {
    this.needed = needed;
    this.tree = tree;
    this.notes = notes;
    this.session = session;
    this.files = new SourceFiles(tree, session, progress);
    this.taken = taken;
    this.everything = taken.everything();
    this.last = last;
  }

  /** Sends the round; returns what could not be settled in it, by the target's account. */
  List<Message.Need> send(int number) throws IOException {
    session.send(new Message.Round(number));
    try {
      if (everything) {
        everyName();
      } else {
        names();
      }
      CrashPoint.SOURCE_NAMES_SENT.reached();
      if (everything) {
        everyFile();
      } else {
        content();
      }
      files.settle();
      CrashPoint.SOURCE_FILES_SENT.reached();
    } finally {
      files.close();
    }
    for (Map.Entry<FileId, TreePath> directory : directories.entrySet()) {
      directoryEnd(directory.getKey(), directory.getValue());
    }
    session.send(new Message.RoundEnd(number, last));
    Message.RoundAck ack = session.next(Message.RoundAck.class);
    if (ack.number() != number) {
      throw new IOException("round " + ack.number() + " acknowledged instead of " + number);
    }
    return ack.unresolved();
  }

  /** Elements whose file moved while it was looked for: left for the next round. */
  Set<FileId> unsent() {
    return unsent;
  }

  /** Of those, what neither a known name nor a search of the whole tree led to. */
  Set<FileId> missing() {
    return missing;
  }

  /**
   * Of a round over everything, what could not be read for certain because renames went on: no
   * element of the map stands for it, so it has to be marked, or the difference would stay.
   */
  List<Touched> left() {
    return left;
  }

  private void leave(FileId id, TreePath path, boolean directory) {
    unsent.add(id);
    if (everything) {
      left.add(new Touched.Whole(id, path));
      if (directory) {
        left.add(Touched.Name.all(id, path));
      }
    }
  }

  private void names() throws IOException {
    searchLost();
    for (FileId id : taken.fileIds()) {
      DirtyFile file = taken.file(id);
      List<TreePath> names = file == null ? List.of() : taken.names(file);
      if (names.size() > 1) {
        session.send(new Message.Hint(id, names));
      }
    }
    List<FileId> ids = new ArrayList<>(taken.directoryIds());
    Map<FileId, TreePath> paths = new HashMap<>();
    for (FileId id : ids) {
      TreePath path = locateDirectory(id);
      if (path != null) {
        paths.put(id, path);
      } else if (!last) {
        unsent.add(id);
        missing.add(id);
      }
    }
    ids.removeIf(id -> !paths.containsKey(id));
    ids.sort(Comparator.comparingInt((FileId id) -> paths.get(id).depth()));
    for (FileId id : ids) {
      DirtyDirectory directory = taken.directory(id);
      if (directory != null) {
        directory(id, paths.get(id), directory.all ? null : directory.names());
      }
    }
    session.send(new Message.NamesEnd(true));
    while (needs()) {
      session.send(new Message.NamesEnd(true));
    }
  }

  /**
   * Takes the target's list; notes durably what is on it, and only then lets the target make it;
   * sends the directories. Returns whether there was anything.
   */
  private boolean needs() throws IOException {
    List<Message.Need> wanted = new ArrayList<>();
    Message.Needs part;
    do {
      part = session.next(Message.Needs.class);
      for (Message.Need need : part.needs()) {
        if (!needed.take(need.path())) {
          throw new IOException(
              "the target needs more at once than this node's memory holds: give its agent a"
                  + " larger heap (LOCKSTEP_HEAP)");
        }
        wanted.add(need);
      }
    } while (!part.last());
    List<Touched> noted = new ArrayList<>();
    for (Message.Need need : wanted) {
      noted.add(new Touched.Whole(need.id(), need.path()));
      if (need.kind() == FileKind.DIRECTORY) {
        noted.add(Touched.Name.all(need.id(), need.path()));
      }
    }
    notes.note(noted);
    for (Message.Need need : wanted) {
      whole.put(need.id(), need);
      if (need.kind() == FileKind.DIRECTORY && tree.is(need.path(), need.id())) {
        directory(need.id(), need.path(), null);
      }
    }
    return !wanted.isEmpty();
  }

  private void directory(FileId id, TreePath path, List<byte[]> only) throws IOException {
    FileStatus status = tree.surely(path, id, () -> tree.store.status(path));
    if (status != null && status.kind() != FileKind.DIRECTORY) {
      return;
    }
    List<Message.NameState> names =
        tree.surely(path, id, () -> tree.names(path, only, this::fresh));
    if (names == null) {
      leave(id, path, true);
      return;
    }
    directories.put(id, path);
    int next = 0;
    do {
      int end = Math.min(names.size(), next + NAMES_AT_ONCE);
      session.send(
          new Message.Directory(
              id, path, only == null, end == names.size(), names.subList(next, end)));
      next = end;
    } while (next < names.size());
  }

  private boolean fresh(FileId id) {
    DirtyFile file = taken.file(id);
    return file != null && file.fresh;
  }

  private void content() throws IOException {
    for (FileId id : taken.fileIds()) {
      DirtyFile file = taken.file(id);
      if (file != null) {
        file(file, locateFile(file), whole.remove(id) != null);
      }
    }
    for (Message.Need need : whole.values()) {
      if (need.kind() != FileKind.DIRECTORY) {
        DirtyFile file = new DirtyFile(need.id());
        file.whole();
        file(file, tree.is(need.path(), need.id()) ? need.path() : null, true);
      }
    }
  }

  private void file(DirtyFile file, TreePath path, boolean whole) throws IOException {
    if (path == null) {
      if (!last || whole) {
        unsent.add(file.id);
        if (!whole && !found.containsKey(file.id)) {
          missing.add(file.id);
        }
      }
      return;
    }
    FileStatus status = tree.surely(path, file.id, () -> tree.store.status(path));
    if (status != null && status.kind() == FileKind.DIRECTORY) {
      directories.put(file.id, path);
    } else if (status == null || !(tree.excluded(path) || files.send(file, path, whole))) {
      leave(file.id, path, false);
    }
  }

  private void everyName() throws IOException {
    for (int i = 0; i < tree.store.directories(); i++) {
      TreePath root = TreePath.root(i);
      directory(FileId.root(i), root, null);
      tree.walk(
          root,
          (path, id, kind) -> {
            if (kind == FileKind.DIRECTORY) {
              directory(id, path, null);
            }
          });
    }
    session.send(new Message.NamesEnd(false));
    while (!session.next(Message.Needs.class).last()) {
      // parts without anything on them show that the target is still at work
    }
  }

  private void everyFile() throws IOException {
    Set<FileId> linked = new HashSet<>();
    for (int i = 0; i < tree.store.directories(); i++) {
      tree.walk(
          TreePath.root(i),
          (path, id, kind) -> {
            FileStatus status = kind == FileKind.DIRECTORY ? null : tree.status(path);
            if (status != null && (status.links() <= 1 || linked.add(id))) {
              DirtyFile file = new DirtyFile(id);
              file.whole();
              file(file, path, false);
            }
          });
    }
  }

  private void directoryEnd(FileId id, TreePath path) throws IOException {
    DirtyFile file = taken.file(id);
    boolean xattrs = everything || whole.containsKey(id) || (file != null && file.xattrs);
    Message.Attributes attributes =
        tree.surely(path, id, () -> tree.attributes(path, tree.store.status(path), xattrs));
    if (attributes == null) {
      leave(id, path, true);
    } else {
      session.send(new Message.DirectoryEnd(id, path, attributes));
    }
  }

  /** Looks through the tree once for everything whose path does not lead to it. */
  private void searchLost() throws IOException {
    Set<FileId> lost = new HashSet<>();
    for (FileId id : taken.fileIds()) {
      DirtyFile file = taken.file(id);
      if (file != null && !file.fresh && locateFile(file) == null) {
        lost.add(id);
      }
    }
    for (FileId id : taken.directoryIds()) {
      if (locateDirectory(id) == null) {
        lost.add(id);
      }
    }
    found.putAll(tree.search(lost));
  }

  private TreePath locateFile(DirtyFile file) throws StoreException {
    for (TreePath name : taken.names(file)) {
      if (tree.is(name, file.id)) {
        return name;
      }
    }
    TreePath path = found.get(file.id);
    return path != null && tree.is(path, file.id) ? path : null;
  }

  private TreePath locateDirectory(FileId id) throws StoreException {
    DirtyDirectory directory = taken.directory(id);
    if (directory != null && tree.is(directory.path, id)) {
      return directory.path;
    }
    TreePath path = found.get(id);
    return path != null && tree.is(path, id) ? path : null;
  }
}

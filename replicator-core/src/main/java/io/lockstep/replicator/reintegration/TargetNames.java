package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Brings the names of the target's tree to what the source's directory states say, by identity.
 * What is in the way or not wanted goes to {@link Staging}, from where a later state may place it
 * elsewhere; what a state wants and is not found yet waits for that. One thread.
 */
final class TargetNames {
  /** Told from time to time while names are made, of which a first copy has very many. */
  @FunctionalInterface
  interface Alive {
    void stillAtWork() throws IOException;
  }

  private record Waiting(TreePath path, FileKind kind) {}

  /** What a name that waits for others costs beside its bytes. */
  private static final int NAME_BYTES = 128;

  private static final int MADE_BETWEEN_SIGNS = 4096;

  private final FileStore store;
  private final Predicate<TreePath> excluded;
  private final Staging staging;
  private final Map<FileId, TreePath> placed = new HashMap<>();
  private final Map<FileId, List<TreePath>> hints = new HashMap<>();
  private final Map<FileId, List<Waiting>> waiting = new LinkedHashMap<>();
  private final Map<FileId, Message.Directory> deferred = new LinkedHashMap<>();
  private final Map<FileId, Message.Directory> partial = new HashMap<>();
  private final Map<FileId, Message.Need> needs = new LinkedHashMap<>();

  /** Announced to the source, which must note them durably before an empty file has the name. */
  private final Map<FileId, List<Waiting>> announced = new LinkedHashMap<>();

  private final Map<FileId, List<TreePath>> unmade = new HashMap<>();
  private final List<Message.Need> unresolved = new ArrayList<>();
  private final long mostBytes;
  private final Alive alive;
  private int made;

  /** Memory of the states and hints of this round that waited or still wait. */
  private long waitingBytes;

  /** Keeps at most {@code mostBytes} of states that wait for the rest of them, or for a place. */
  TargetNames(FileStore store, Predicate<TreePath> excluded, long mostBytes, Alive alive)
      throws StoreException {
    this.alive = alive;
    this.mostBytes = mostBytes;
    this.store = store;
    this.excluded = excluded;
    this.staging = new Staging(store);
  }

  /** A new round begins: nothing of the last one's waits any more. */
  void round() {
    placed.clear();
    hints.clear();
    waiting.clear();
    deferred.clear();
    partial.clear();
    needs.clear();
    announced.clear();
    unmade.clear();
    unresolved.clear();
    waitingBytes = 0;
  }

  void hint(Message.Hint hint) throws IOException {
    long bytes = NAME_BYTES;
    for (TreePath name : hint.names()) {
      bytes += NAME_BYTES + name.bytes().length;
    }
    keep(bytes);
    hints.put(hint.id(), hint.names());
  }

  /** Counts what is kept until the round ends, and refuses more than memory should be given for. */
  private void keep(long bytes) throws IOException {
    waitingBytes += bytes;
    if (waitingBytes > mostBytes) {
      throw new IOException(
          "the source tells more names at once than "
              + mostBytes
              + " bytes of memory hold: give this node's agent a larger heap (LOCKSTEP_HEAP)");
    }
  }

  private void keep(Message.Directory part) throws IOException {
    long bytes = (long) NAME_BYTES + part.path().bytes().length;
    for (Message.NameState name : part.names()) {
      bytes += NAME_BYTES + name.name().length;
    }
    keep(bytes);
  }

  /** Takes one directory state, or a part of one. */
  void directory(Message.Directory part) throws IOException {
    Message.Directory known = partial.remove(part.id());
    Message.Directory state = part;
    if (known != null) {
      List<Message.NameState> names = known.names();
      names.addAll(part.names());
      state = new Message.Directory(part.id(), part.path(), part.complete(), part.last(), names);
    }
    if (!state.last()) {
      keep(part);
      partial.put(state.id(), state);
    } else if (is(state.path(), state.id(), FileKind.DIRECTORY)) {
      apply(state);
    } else {
      keep(part);
      deferred.put(state.id(), state);
    }
  }

  /**
   * All states have come: finds what still waits; returns what must be sent whole because it is not
   * here. That is only made by {@link #makeAnnounced}: an empty file that carries the identity
   * while the source does not know would pass for a good one after an interruption.
   */
  List<Message.Need> settle() throws StoreException {
    searchWaiting();
    waiting.forEach((id, places) -> places.forEach(place -> announce(id, place)));
    waiting.clear();
    List<Message.Need> result = new ArrayList<>(needs.values());
    needs.clear();
    return result;
  }

  /**
   * All states have come of a round over everything, in which the source need not be told what is
   * missing here: finds it, or makes it, until nothing waits. Of a first copy that is every file,
   * so each is in one map at a time.
   */
  void settleUntold() throws IOException {
    makeAnnounced();
    do {
      searchWaiting();
      needs.clear();
      for (var missing = waiting.entrySet().iterator(); missing.hasNext(); ) {
        Map.Entry<FileId, List<Waiting>> each = missing.next();
        announced.merge(each.getKey(), each.getValue(), TargetNames::both);
        missing.remove();
      }
      makeAnnounced();
    } while (!waiting.isEmpty() || !announced.isEmpty());
    needs.clear();
  }

  private void searchWaiting() throws StoreException {
    if (!waiting.isEmpty()) {
      search(staging::walk);
    }
    if (!waiting.isEmpty()) {
      search(this::walkAll);
    }
  }

  /** One more place where a file is wanted; hardly any is wanted in two. */
  private static void add(Map<FileId, List<Waiting>> to, FileId id, Waiting place) {
    to.merge(id, List.of(place), TargetNames::both);
  }

  private static List<Waiting> both(List<Waiting> some, List<Waiting> others) {
    List<Waiting> all = new ArrayList<>(some);
    all.addAll(others);
    return List.copyOf(all);
  }

  /** The source has noted what {@link #settle} told: makes it, without content. */
  void makeAnnounced() throws IOException {
    for (FileId id : new ArrayList<>(announced.keySet())) {
      List<Waiting> places = announced.remove(id);
      if (places != null) {
        for (Waiting place : places) {
          adoptOrMake(id, place);
        }
        if (++made % MADE_BETWEEN_SIGNS == 0) {
          alive.stillAtWork();
        }
      }
    }
  }

  /** No more states come: what could not be placed by now stays so. */
  void end() {
    deferred.values().forEach(this::unplaced);
    deferred.clear();
  }

  private void announce(FileId id, Waiting place) {
    add(announced, id, place);
    needs.put(id, new Message.Need(id, place.kind(), place.path()));
  }

  private void adoptOrMake(FileId id, Waiting place) throws StoreException {
    FileStore.Entry entry = entry(place.path());
    if (entry != null && entry.id().filter(id::equals).isPresent()) {
      arrived(id, place.path());
      return;
    }
    boolean nameless = entry != null && entry.id().isEmpty() && entry.kind() == place.kind();
    if (nameless && find(id, place.kind()) == null) {
      store.setIdentity(place.path(), id);
      arrived(id, place.path());
    } else {
      stage(place.path(), entry);
      make(id, place);
    }
  }

  /** What could not be placed in this round. */
  List<Message.Need> unresolved() {
    return unresolved;
  }

  /** Where the file is now, or null. */
  TreePath locate(FileId id, TreePath likely) throws StoreException {
    if (is(likely, id)) {
      return likely;
    }
    TreePath known = placed.get(id);
    return known != null && is(known, id) ? known : null;
  }

  /** Places for a link or device that could not be made before its attributes were known. */
  List<TreePath> unmade(FileId id) {
    List<TreePath> paths = unmade.remove(id);
    return paths == null ? List.of() : paths;
  }

  /** Takes a file out of the way. */
  void displace(TreePath path) throws StoreException {
    staging.put(path, FileId.NONE);
  }

  /** Deletes what no place wanted. */
  void deleteStaged() throws StoreException {
    staging.empty();
  }

  private void unplaced(Message.Directory state) {
    unresolved.add(new Message.Need(state.id(), FileKind.DIRECTORY, state.path()));
  }

  private void apply(Message.Directory state) throws StoreException {
    Map<String, FileStore.Entry> present = new LinkedHashMap<>();
    for (FileStore.Entry entry : store.list(state.path(), true)) {
      present.put(text(entry.name()), entry);
    }
    Set<String> wanted = new HashSet<>();
    for (Message.NameState name : state.names()) {
      TreePath path = state.path().resolve(name.name());
      if (name.kind() != null) {
        wanted.add(text(name.name()));
      } else if (!excluded.test(path)) {
        stage(path, present.remove(text(name.name())));
      }
    }
    if (state.complete()) {
      for (FileStore.Entry entry : List.copyOf(present.values())) {
        TreePath path = state.path().resolve(entry.name());
        if (!wanted.contains(text(entry.name())) && !excluded.test(path)) {
          stage(path, entry);
        }
      }
    }
    for (Message.NameState name : state.names()) {
      TreePath path = state.path().resolve(name.name());
      if (name.kind() != null && !excluded.test(path)) {
        want(path, name);
      }
    }
  }

  private void want(TreePath path, Message.NameState name) throws StoreException {
    FileStore.Entry entry = entry(path);
    FileId id = name.id();
    if (entry != null && entry.kind() != name.kind() && entry.id().filter(id::equals).isPresent()) {
      staging.put(path, FileId.NONE);
      entry = null;
    }
    if (entry != null && entry.kind() == name.kind()) {
      if (entry.id().filter(id::equals).isPresent()) {
        arrived(id, path);
        return;
      }
      if (entry.id().isEmpty() && !name.fresh()) {
        announce(id, new Waiting(path, name.kind()));
        return;
      }
    }
    stage(path, entry);
    TreePath from = find(id, name.kind());
    Waiting place = new Waiting(path, name.kind());
    if (from != null) {
      move(id, from, place);
    } else if (name.fresh()) {
      make(id, place);
    } else {
      add(waiting, id, place);
    }
  }

  private FileStore.Entry entry(TreePath path) throws StoreException {
    try {
      var status = store.status(path);
      return new FileStore.Entry(path.name(), status.kind(), status.inode(), store.identity(path));
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
        return null;
      }
      throw e;
    }
  }

  private TreePath find(FileId id, FileKind kind) throws StoreException {
    TreePath known = placed.get(id);
    if (known != null && is(known, id, kind)) {
      return known;
    }
    TreePath kept = staging.find(id);
    if (kept != null && is(kept, id, kind)) {
      return kept;
    }
    for (TreePath hint : hints.getOrDefault(id, List.of())) {
      if (is(hint, id, kind)) {
        return hint;
      }
    }
    return null;
  }

  private void stage(TreePath path, FileStore.Entry entry) throws StoreException {
    if (entry == null) {
      return;
    }
    FileId id = entry.id().orElse(FileId.NONE);
    staging.put(path, id);
    List<Waiting> places = waiting.remove(id);
    if (places != null) {
      for (Waiting place : places) {
        TreePath from = find(id, place.kind());
        if (from == null) {
          add(waiting, id, place);
        } else {
          move(id, from, place);
        }
      }
    }
  }

  /** Gives a file that is elsewhere its name; keeps the other name of what may have several. */
  private void move(FileId id, TreePath from, Waiting place) throws StoreException {
    boolean fromStaging = from.equals(staging.find(id));
    try {
      if (place.kind() == FileKind.DIRECTORY || fromStaging) {
        store.rename(from, place.path(), true);
      } else {
        link(from, place.path());
      }
    } catch (StoreException e) {
      switch (e.failure()) {
        case INVALID, NOT_FOUND, NOT_A_DIRECTORY, EXISTS, CROSSES_STORES -> {
          unresolved.add(new Message.Need(id, place.kind(), place.path()));
          return;
        }
        default -> throw e;
      }
    }
    if (fromStaging) {
      staging.left(id);
    }
    arrived(id, place.path());
  }

  private void link(TreePath from, TreePath to) throws StoreException {
    try {
      store.link(from, to);
    } catch (StoreException e) {
      switch (e.failure()) {
        case NOT_SUPPORTED, NOT_PERMITTED, TOO_MANY_LINKS -> store.rename(from, to, true);
        default -> throw e;
      }
    }
  }

  private void make(FileId id, Waiting place) throws StoreException {
    TreePath from = find(id, place.kind());
    if (from != null) {
      move(id, from, place);
      return;
    }
    NewFile what;
    switch (place.kind()) {
      case DIRECTORY -> what = NewFile.directory(0700, 0, 0);
      case FILE -> what = NewFile.file(0600, 0, 0);
      default -> {
        unmade.computeIfAbsent(id, key -> new ArrayList<>()).add(place.path());
        return;
      }
    }
    try {
      store.create(place.path(), what, id);
    } catch (StoreException e) {
      switch (e.failure()) {
        case NOT_FOUND, NOT_A_DIRECTORY, EXISTS -> {
          unresolved.add(new Message.Need(id, place.kind(), place.path()));
          return;
        }
        default -> throw e;
      }
    }
    arrived(id, place.path());
  }

  private void arrived(FileId id, TreePath path) throws StoreException {
    placed.put(id, path);
    List<Waiting> places = waiting.remove(id);
    if (places != null) {
      for (Waiting place : places) {
        move(id, path, place);
      }
    }
    Message.Directory state = deferred.get(id);
    if (state != null && is(state.path(), id, FileKind.DIRECTORY)) {
      deferred.remove(id);
      apply(state);
    }
  }

  /** One way to visit entries. */
  @FunctionalInterface
  private interface Walk {
    void walk(Staging.Visitor visitor) throws StoreException;
  }

  private void search(Walk walk) throws StoreException {
    Map<FileId, TreePath> found = new LinkedHashMap<>();
    walk.walk(
        (path, entry) -> {
          entry.id().filter(waiting::containsKey).ifPresent(id -> found.put(id, path));
          return found.size() < waiting.size();
        });
    for (Map.Entry<FileId, TreePath> one : found.entrySet()) {
      List<Waiting> places = waiting.remove(one.getKey());
      if (places != null) {
        for (Waiting place : places) {
          FileId id = one.getKey();
          TreePath from = one.getValue();
          from = is(from, id, place.kind()) ? from : find(id, place.kind());
          if (from == null) {
            add(waiting, id, place);
          } else {
            move(id, from, place);
          }
        }
      }
    }
  }

  private void walkAll(Staging.Visitor visitor) throws StoreException {
    for (int i = 0; i < store.directories(); i++) {
      if (!staging.walk(TreePath.root(i), visitor)) {
        return;
      }
    }
  }

  private boolean is(TreePath path, FileId id, FileKind kind) throws StoreException {
    return is(path, id) && store.status(path).kind() == kind;
  }

  private boolean is(TreePath path, FileId id) throws StoreException {
    try {
      return store.identity(path).filter(id::equals).isPresent();
    } catch (StoreException e) {
      return switch (e.failure()) {
        case NOT_FOUND, NOT_A_DIRECTORY, LOOP -> false;
        default -> throw e;
      };
    }
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}

package io.lockstep.replicator.reintegration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.state.ChecksummedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tracks every change that the peer does not get, exactly in memory and coarsely on disk ahead of
 * the change: {@link #track} returns only when what the operation is about to touch (a directory, a
 * 4 MiB extent, a file's attributes) is on stable storage as possibly changed. So the map survives
 * kill -9 and loss of power, coarser but complete; an element is forced once a period, and callers
 * that wait at the same time share one force.
 *
 * <p>A file that is created costs no more than its directory: whoever compares the directory finds
 * it.
 *
 * <p>Thread-safe. {@link #track} must be called before the operation is applied to this node's
 * tree, and by at most one caller at a time for operations that depend on each other.
 */
public final class DirtyTracker implements AutoCloseable {
  /** Bytes of the extents that the log tells apart. */
  public static final long EXTENT_BYTES = 4 << 20;

  private static final int MAX_EXTENTS_AT_ONCE = 64;
  private static final long MIN_COMPACTION_BYTES = 8 << 20;

  /** A hundredth of the heap or two; beyond, what is durable is noted again. */
  private static final long HEAP_BYTES_A_KEY = 4096;

  private static final UUID NO_SESSION = new UUID(0, 0);
  private static final DirtyBase NO_BASE = new DirtyBase(NO_SESSION, Generation.NONE, 0);

  /** What the log tells apart; {@code extent} is one of the constants below or an extent. */
  private record Key(FileId id, long extent) {}

  /** A file or directory that loses a name. */
  private record Leaving(FileId id, TreePath name, boolean directory) {
    /** Null where {@code operation} takes nothing away. */
    static Leaving by(Operation operation) {
      if (operation instanceof Operation.Remove remove) {
        return new Leaving(remove.id(), remove.path(), remove.directory());
      } else if (operation instanceof Operation.Rename rename && !rename.replaced().isNone()) {
        // which of them it is, is not told
        return new Leaving(rename.replaced(), rename.to(), true);
      }
      return null;
    }

    List<Touched> touched() {
      Touched whole = new Touched.Whole(id, name);
      return directory ? List.of(whole, Touched.Name.all(id, name)) : List.of(whole);
    }
  }

  private static final long NAMES = -1;
  private static final long ATTRIBUTES = -2;
  private static final long XATTRS = -3;
  private static final long WHOLE = -4;

  private final long maxDurableKeys = Runtime.getRuntime().maxMemory() / HEAP_BYTES_A_KEY;

  /** Held over the log's writes and rewrites too. */
  private final ReentrantLock lock;

  private final ChecksummedLog log;
  private final FileStore store;
  private final GroupForce forces;
  private final DirtyMap map = new DirtyMap();

  @GuardedBy("lock")
  private final Set<Key> durable = new HashSet<>();

  /** From which extent on a file counts as changed to its end. */
  @GuardedBy("lock")
  private final Map<FileId, Long> tails = new HashMap<>();

  /** Created in this period under a directory that is durably dirty, and never sent. */
  @GuardedBy("lock")
  private final Set<FileId> born = new HashSet<>();

  /**
   * What operations that are tracked and not settled yet take away: the map has dropped it, and a
   * process that dies now leaves it in this node's tree. Added to with the lock held.
   */
  private final Set<Leaving> leaving = ConcurrentHashMap.newKeySet();

  @GuardedBy("lock")
  private DirtyBase base = NO_BASE;

  @GuardedBy("lock")
  private UUID session = NO_SESSION;

  /** The generation in which no operation was numbered yet, as the log says; NONE for none. */
  @GuardedBy("lock")
  private Generation unnumbered = Generation.NONE;

  @GuardedBy("lock")
  private long compactAtBytes = MIN_COMPACTION_BYTES;

  private DirtyTracker(Execution execution, ChecksummedLog log, FileStore store) {
    this.lock = execution.lock();
    this.log = log;
    this.store = store;
    this.forces = new GroupForce(execution, log::force);
  }

  /**
   * Opens the tracker over a log that it owns from then on, and rebuilds the map that the log tells
   * of: empty after {@link #clear}, else coarse.
   *
   * @param store this node's own tree, asked how many names a removed file has
   * @throws IOException when the log cannot be read or says what nobody wrote: what changed is
   *     unknown then, and the peer must be compared in full
   */
  public static DirtyTracker open(Execution execution, ChecksummedLog log, FileStore store)
      throws IOException {
    DirtyTracker tracker = new DirtyTracker(execution, log, store);
    tracker.recover();
    return tracker;
  }

  /**
   * Starts a period: forgets everything, and from now on the map is relative to {@code newBase}.
   */
  public void begin(DirtyBase newBase) throws IOException {
    lock.lock();
    try {
      log.rewrite(List.of(DirtyCodec.base(newBase, NO_SESSION)));
      base = newBase;
      session = NO_SESSION;
      forgetAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Starts a period that keeps what the peer has not got of an earlier one: a node that ran alone
   * and stepped down has it still to give when it serves again. Durable, and as a whole.
   */
  public void beginAgain(DirtyBase newBase) throws IOException {
    lock.lock();
    try {
      base = newBase;
      session = NO_SESSION;
      unnumbered = Generation.NONE;
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  /** What the map is relative to; empty before the first {@link #begin} and after a clear. */
  public Optional<DirtyBase> base() {
    lock.lock();
    try {
      return base.equals(NO_BASE) ? Optional.empty() : Optional.of(base);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Notes durably that no operation is numbered yet in {@code generation}, which a takeover is
   * about to begin: what the map holds is of earlier ones. The first {@link #track}, or the first
   * round of a return, ends it as durably as it tracks.
   *
   * <p>Without it, a takeover that ends before it served could not be told from a branch with
   * operations of its own, and its peer, which serves meanwhile, would find a split.
   */
  public void beginsUnnumbered(Generation generation) throws IOException {
    long ticket;
    lock.lock();
    try {
      ticket = append(List.of(DirtyCodec.unnumbered(generation)));
      unnumbered = generation;
    } finally {
      lock.unlock();
    }
    forces.await(ticket);
  }

  /** Whether it is known that no operation was numbered in {@code generation}. */
  public boolean isUnnumbered(Generation generation) {
    lock.lock();
    try {
      return !generation.isNone() && unnumbered.equals(generation);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tracks one operation that is about to be applied, and that the peer does not get.
   *
   * @throws IOException when it could not be made durable: the operation must not be applied
   */
  public void track(Operation operation) throws IOException {
    track(operation, false);
  }

  /**
   * Tracks one operation that is about to be applied.
   *
   * @param sent whether the peer may have it: then the directory does not stand for what it
   *     creates, since the peer would not ask for that
   * @throws IOException when it could not be made durable: the operation must not be applied
   */
  public void track(Operation operation, boolean sent) throws IOException {
    boolean otherNames = losesOneOfSeveralNames(operation);
    long ticket;
    lock.lock();
    try {
      List<ByteBuffer> records = new ArrayList<>();
      Generation wasUnnumbered = unnumbered;
      numbered(records);
      boolean known = operation instanceof Operation.Identify && map.everythingIsSent();
      if (!map.everything() && !known) {
        ahead(operation, sent, records);
      }
      try {
        ticket = append(records);
        leaves(operation);
        map.record(operation, otherNames, sent);
        compactIfLarge();
      } catch (IOException e) {
        notNoted(operation, wasUnnumbered);
        throw e;
      }
    } finally {
      lock.unlock();
    }
    CrashPoint.ALONE_MAP_APPENDED.reached();
    forced(operation, ticket);
    CrashPoint.ALONE_TRACKED.reached();
  }

  /**
   * What could not be written is noted anew by whatever touches it next. The peer may have the
   * operation: this process at least knows of it.
   */
  @GuardedBy("lock")
  private void notNoted(Operation operation, Generation wasUnnumbered) {
    unnumbered = wasUnnumbered;
    mayNotBeDurable(operation);
  }

  @GuardedBy("lock")
  private void mayNotBeDurable(Operation operation) {
    durable.clear();
    tails.clear();
    born.remove(operation.id());
    withoutEffect(operation).forEach(map::add);
    settled(operation);
  }

  private void forced(Operation operation, long ticket) throws IOException {
    try {
      forces.await(ticket);
    } catch (IOException e) {
      lock.lock();
      try {
        mayNotBeDurable(operation);
      } finally {
        lock.unlock();
      }
      throw e;
    }
  }

  @GuardedBy("lock")
  private void leaves(Operation operation) {
    Leaving gone = Leaving.by(operation);
    if (gone != null) {
      leaving.add(gone);
    }
  }

  /**
   * An operation has had its effect on this node's tree, or never will: what it takes away has left
   * the tree, or is known to be in it. Of any operation, tracked or not.
   */
  public void settled(Operation operation) {
    Leaving gone = leaving.isEmpty() ? null : Leaving.by(operation.plain());
    if (gone != null) {
      leaving.remove(gone);
    }
  }

  /**
   * An operation has no effect on this node's own tree: what the map dropped because of it (a
   * removed file's changes, those behind its new end) comes back coarsely. Nothing to do where no
   * period has begun: there was nothing to drop.
   */
  public void failed(Operation operation) throws IOException {
    if (base().isEmpty()) {
      return;
    }
    add(withoutEffect(operation));
    settled(operation);
  }

  private static List<Touched> withoutEffect(Operation operation) {
    List<Touched> again = new ArrayList<>(TouchedSet.of(operation));
    again.add(new Touched.Whole(operation.id(), operation.path()));
    Leaving stays = Leaving.by(operation);
    if (stays != null) {
      again.addAll(stays.touched());
    }
    return again;
  }

  /** Adds to a map that is out for a round, durably. */
  void addTo(DirtyMap taken, Collection<? extends Touched> touched) throws IOException {
    if (touched.isEmpty()) {
      return;
    }
    long ticket;
    lock.lock();
    try {
      DirtyMap part = new DirtyMap();
      touched.forEach(part::add);
      ticket = append(DirtyCodec.encode(part));
      touched.forEach(taken::add);
    } finally {
      lock.unlock();
    }
    forces.await(ticket);
  }

  /** Adds what another node touched, durably. */
  public void add(Collection<? extends Touched> touched) throws IOException {
    long ticket;
    lock.lock();
    try {
      DirtyMap part = new DirtyMap();
      touched.forEach(part::add);
      ticket = append(DirtyCodec.encode(part));
      touched.forEach(map::add);
      compactIfLarge();
    } finally {
      lock.unlock();
    }
    forces.await(ticket);
  }

  /** Notes durably that anything may differ: the next reintegration compares in full. */
  public void markEverything() throws IOException {
    add(List.of(new Touched.Everything()));
  }

  /** Every element of the map, for a peer that must look at the same files. */
  public List<Touched> touched() {
    return map.touched();
  }

  /** How much changed. */
  public DirtyStatistics statistics() {
    return map.statistics();
  }

  /** Whether its log could not be written: nothing can be tracked until it is opened anew. */
  public boolean broken() {
    return log.failed();
  }

  /** Whether nothing is tracked. */
  public boolean isEmpty() {
    return map.isEmpty();
  }

  /** Forgets everything, the base too, durably: the peer is in sync. */
  public void clear() throws IOException {
    lock.lock();
    try {
      log.rewrite(List.of());
      base = NO_BASE;
      session = NO_SESSION;
      forgetAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the log. */
  @Override
  public void close() throws IOException {
    log.close();
  }

  DirtyMap map() {
    return map;
  }

  /** The reintegration under which parts of this map were taken by the peer, if any was. */
  Optional<UUID> session() {
    lock.lock();
    try {
      return session.equals(NO_SESSION) ? Optional.empty() : Optional.of(session);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes everything out for a round; no operation may be in flight. The log keeps it, and from now
   * on knows what was created one by one, since the peer will have heard of it.
   */
  DirtyMap drain() throws IOException {
    lock.lock();
    try {
      DirtyMap taken = map.drain();
      List<ByteBuffer> records = new ArrayList<>();
      Generation wasUnnumbered = unnumbered;
      numbered(records);
      for (FileId id : born) {
        DirtyFile file = taken.file(id);
        if (file != null) {
          DirtyCodec.encode(file, records::add);
        }
        DirtyDirectory directory = taken.directory(id);
        if (directory != null) {
          DirtyCodec.encode(directory, records::add);
        }
      }
      born.clear();
      try {
        append(records);
        log.force();
      } catch (IOException e) {
        unnumbered = wasUnnumbered;
        map.mergeBack(taken);
        throw e;
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The peer has on stable storage what was taken, but for what {@code taken} still holds: that and
   * what came since remains.
   */
  void confirm(DirtyMap taken, UUID underSession) throws IOException {
    lock.lock();
    try {
      session = underSession;
      map.mergeBack(taken);
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  /** The round failed: what was taken comes back. The log still has it. */
  void giveBack(DirtyMap taken) {
    lock.lock();
    try {
      map.mergeBack(taken);
    } finally {
      lock.unlock();
    }
  }

  /** Makes the log small again, as exact as the map. Done by itself when the log has grown. */
  public void compact() throws IOException {
    lock.lock();
    try {
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void numbered(List<ByteBuffer> records) {
    if (!unnumbered.isNone()) {
      records.add(DirtyCodec.unnumbered(Generation.NONE));
      unnumbered = Generation.NONE;
    }
  }

  private boolean losesOneOfSeveralNames(Operation operation) throws StoreException {
    TreePath loser;
    if (operation instanceof Operation.Remove remove && !remove.directory()) {
      loser = remove.path();
    } else if (operation instanceof Operation.Rename rename && !rename.replaced().isNone()) {
      loser = rename.to();
    } else {
      return false;
    }
    try {
      FileStatus status = store.status(loser);
      return status.kind() != FileKind.DIRECTORY && status.links() > 1;
    } catch (StoreException e) {
      return switch (e.failure()) {
        case NOT_FOUND, NOT_A_DIRECTORY -> false;
        default -> throw e;
      };
    }
  }

  /** Collects the records that must be durable before the operation is applied. */
  @GuardedBy("lock")
  private void ahead(Operation operation, boolean sent, List<ByteBuffer> records) {
    if (durable.size() + tails.size() > maxDurableKeys) {
      durable.clear();
      tails.clear();
    }
    for (Touched touched : TouchedSet.of(operation)) {
      if (touched instanceof Touched.Name name) {
        names(name, records);
      } else if (touched instanceof Touched.Content content) {
        content(content, records);
      } else if (touched instanceof Touched.Metadata metadata) {
        once(metadata.id(), metadata.xattrs() ? XATTRS : ATTRIBUTES, touched, records);
      } else if (sent || !(operation instanceof Operation.Create)) {
        once(operation.id(), WHOLE, touched, records);
      }
    }
    if (operation instanceof Operation.Create create) {
      if (!sent) {
        born.add(create.id());
      }
    } else if (operation instanceof Operation.Rename rename) {
      records.add(DirtyCodec.moved(rename.path(), rename.to()));
    }
  }

  @GuardedBy("lock")
  private void names(Touched.Name name, List<ByteBuffer> records) {
    Touched whole = Touched.Name.all(name.directory(), name.path());
    once(name.directory(), NAMES, whole, records);
  }

  @GuardedBy("lock")
  private void content(Touched.Content content, List<ByteBuffer> records) {
    FileId id = content.id();
    long first = content.from() / EXTENT_BYTES;
    long last = (content.to() - 1) / EXTENT_BYTES;
    long tail = tails.getOrDefault(id, Long.MAX_VALUE);
    if (tail <= first || content.from() >= content.to()) {
      return;
    }
    if (last - first >= MAX_EXTENTS_AT_ONCE) {
      if (!born.contains(id)) {
        tails.put(id, first);
        coarse(content, first * EXTENT_BYTES, Long.MAX_VALUE, records);
      }
      return;
    }
    for (long extent = first; extent <= last; extent++) {
      if (!born.contains(id) && durable.add(new Key(id, extent))) {
        coarse(content, extent * EXTENT_BYTES, (extent + 1) * EXTENT_BYTES, records);
      }
    }
  }

  private static void coarse(
      Touched.Content content, long from, long to, List<ByteBuffer> records) {
    DirtyFile file = new DirtyFile(content.id());
    file.addName(content.path());
    file.coarse.add(from, to);
    DirtyCodec.encode(file, records::add);
  }

  @GuardedBy("lock")
  private void once(FileId id, long what, Touched touched, List<ByteBuffer> records) {
    if (!born.contains(id) && durable.add(new Key(id, what))) {
      DirtyMap one = new DirtyMap();
      one.add(touched);
      records.addAll(DirtyCodec.encode(one));
    }
  }

  /** Returns the ticket to wait for; none where nothing needs to be forced. */
  @GuardedBy("lock")
  private long append(List<ByteBuffer> records) throws IOException {
    boolean force = false;
    for (ByteBuffer record : records) {
      log.append(record);
      force |= record.get(0) != DirtyCodec.MOVED;
    }
    return force ? forces.ticket() : GroupForce.NOTHING;
  }

  @GuardedBy("lock")
  private void compactIfLarge() throws IOException {
    if (log.sizeBytes() > compactAtBytes && !map.hasDrained()) {
      rewrite();
    }
  }

  /** The log becomes as exact as the map, and every element is forced anew when next touched. */
  @GuardedBy("lock")
  private void rewrite() throws IOException {
    List<ByteBuffer> records = new ArrayList<>();
    if (!base.equals(NO_BASE)) {
      records.add(DirtyCodec.base(base, session));
    }
    if (!unnumbered.isNone()) {
      records.add(DirtyCodec.unnumbered(unnumbered));
    }
    records.addAll(DirtyCodec.encode(map));
    map.drained().forEach(taken -> records.addAll(DirtyCodec.encode(taken)));
    records.addAll(DirtyCodec.encode(stillThere()));
    log.rewrite(records);
    compactAtBytes = Math.max(MIN_COMPACTION_BYTES, 3 * log.sizeBytes());
    durable.clear();
    tails.clear();
    born.clear();
  }

  @GuardedBy("lock")
  private DirtyMap stillThere() {
    DirtyMap there = new DirtyMap();
    leaving.forEach(each -> each.touched().forEach(there::add));
    return there;
  }

  @GuardedBy("lock")
  private void forgetAll() {
    map.clear();
    leaving.clear();
    unnumbered = Generation.NONE;
    durable.clear();
    tails.clear();
    born.clear();
    compactAtBytes = MIN_COMPACTION_BYTES;
  }

  private void recover() throws IOException {
    lock.lock();
    try {
      log.read(this::recover);
    } finally {
      lock.unlock();
    }
  }

  private void recover(ByteBuffer record) throws IOException {
    lock.lock();
    try {
      byte kind = record.get();
      if (kind == DirtyCodec.BASE) {
        base = DirtyCodec.base(record);
        session = DirtyCodec.uuid(record);
      } else if (kind == DirtyCodec.UNNUMBERED) {
        unnumbered = DirtyCodec.generation(record);
      } else {
        DirtyCodec.decode(kind, record, map);
      }
    } finally {
      lock.unlock();
    }
  }
}

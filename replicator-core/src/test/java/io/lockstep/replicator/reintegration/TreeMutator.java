package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Modifies a tree as a volume does: tells each operation to a recorder, then applies it. */
final class TreeMutator {
  /** Is told each operation before it is applied. */
  @FunctionalInterface
  interface Recorder {
    void record(Operation operation) throws IOException;
  }

  private final SimStore store;
  private final Recorder recorder;
  private final long epoch;
  private long nextId = 1;

  TreeMutator(SimStore store, long epoch, Recorder recorder) {
    this.store = store;
    this.epoch = epoch;
    this.recorder = recorder;
  }

  static TreePath path(String text) {
    return TreePath.of(0, text);
  }

  FileId create(TreePath path, NewFile what) throws IOException {
    FileId id = new FileId(epoch, nextId++);
    FileId parent = id(path.parent());
    apply(new Operation.Create(id, parent, path, what, 0), () -> store.create(path, what, id));
    return id;
  }

  FileId file(String path) throws IOException {
    return create(path(path), NewFile.file(0644, 1, 1));
  }

  FileId directory(String path) throws IOException {
    return create(path(path), NewFile.directory(0755, 1, 1));
  }

  void write(String path, long offset, byte[] bytes) throws IOException {
    write(path(path), offset, bytes);
  }

  void write(TreePath path, long offset, byte[] bytes) throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    apply(
        new Operation.Write(id(path), path, offset, data, 0),
        () -> open(path, open -> store.write(open, data, offset)));
  }

  void truncate(TreePath path, long size) throws IOException {
    apply(
        new Operation.Truncate(id(path), path, size, 0),
        () -> open(path, open -> store.truncate(open, size)));
  }

  void punch(TreePath path, long offset, long length) throws IOException {
    apply(
        new Operation.Allocate(id(path), path, Allocation.PUNCH_HOLE, offset, length, 0),
        () -> open(path, open -> store.allocate(open, Allocation.PUNCH_HOLE, offset, length)));
  }

  void link(TreePath existing, TreePath path) throws IOException {
    apply(
        new Operation.Link(id(existing), existing, id(path.parent()), path, 0),
        () -> store.link(existing, path));
  }

  void remove(TreePath path) throws IOException {
    boolean directory = store.status(path).kind() == FileKind.DIRECTORY;
    apply(
        new Operation.Remove(id(path), id(path.parent()), path, directory, 0),
        () -> store.remove(path, directory));
  }

  void rename(String from, String to) throws IOException {
    rename(path(from), path(to));
  }

  void rename(TreePath from, TreePath to) throws IOException {
    FileId replaced = FileId.NONE;
    try {
      replaced = id(to);
    } catch (StoreException e) {
      if (e.failure() != Failure.NOT_FOUND) {
        throw e;
      }
    }
    if (replaced.equals(id(from))) {
      return;
    }
    apply(
        new Operation.Rename(id(from), id(from.parent()), from, id(to.parent()), to, replaced, 0),
        () -> store.rename(from, to, false));
  }

  void exchange(TreePath one, TreePath other) throws IOException {
    apply(
        new Operation.Exchange(
            id(one), id(one.parent()), one, id(other), id(other.parent()), other, 0),
        () -> store.exchange(one, other));
  }

  void permissions(TreePath path, int bits) throws IOException {
    AttributeChange change =
        new AttributeChange(
            java.util.OptionalInt.of(bits),
            java.util.OptionalInt.empty(),
            java.util.OptionalInt.of(bits % 7),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty());
    apply(
        new Operation.SetAttributes(id(path), path, change, 0),
        () -> store.setAttributes(path, change));
  }

  void xattr(TreePath path, String name, byte[] value) throws IOException {
    byte[] bytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    apply(
        new Operation.SetXattr(id(path), path, bytes, value, 0),
        () -> store.setXattr(path, bytes, value));
  }

  /** One random operation; one that the file system refuses does nothing. */
  void random(Random random) throws IOException {
    List<TreePath> all = new ArrayList<>();
    store.walk(TreePath.root(0), all::add);
    TreePath some = all.isEmpty() ? TreePath.root(0) : all.get(random.nextInt(all.size()));
    TreePath other = place(random, all);
    byte[] bytes = new byte[1 + random.nextInt(6000)];
    random.nextBytes(bytes);
    try {
      switch (random.nextInt(16)) {
        case 0, 1 -> create(other, NewFile.file(0600 + random.nextInt(64), 1, 2));
        case 2 -> create(other, NewFile.directory(0700 + random.nextInt(64), 3, 4));
        case 3 -> create(other, NewFile.symlink(bytes(random), 5, 6));
        case 4, 5, 6 -> write(some, random.nextInt(200_000), bytes);
        case 7 -> truncate(some, random.nextInt(200_000));
        case 8 -> punch(some, random.nextInt(100_000), 1 + random.nextInt(50_000));
        case 9 -> link(some, other);
        case 10, 11 -> remove(entry(some));
        case 12 -> rename(entry(some), other);
        case 13 -> rename(entry(some), all.isEmpty() ? other : all.get(random.nextInt(all.size())));
        case 14 ->
            exchange(entry(some), all.isEmpty() ? other : all.get(random.nextInt(all.size())));
        default -> {
          permissions(some, random.nextInt(512));
          xattr(some, "user.x" + random.nextInt(3), bytes(random));
        }
      }
    } catch (StoreException refused) {
      if (refused.failure() == Failure.IO) {
        throw refused;
      }
    }
  }

  private static TreePath entry(TreePath path) throws StoreException {
    if (path.isRoot()) {
      throw new StoreException(Failure.BUSY, "the root stays");
    }
    return path;
  }

  private static byte[] bytes(Random random) {
    return Integer.toString(random.nextInt(1000)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private TreePath place(Random random, List<TreePath> all) throws StoreException {
    TreePath parent = TreePath.root(0);
    if (!all.isEmpty() && random.nextInt(4) > 0) {
      TreePath candidate = all.get(random.nextInt(all.size()));
      if (store.status(candidate).kind() == FileKind.DIRECTORY && candidate.depth() < 5) {
        parent = candidate;
      }
    }
    return parent.resolve("n" + random.nextInt(12));
  }

  private FileId id(TreePath path) throws StoreException {
    return store.identity(path).orElse(FileId.NONE);
  }

  /** Something that the store does. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  /** Something done with an open file. */
  @FunctionalInterface
  private interface OpenAction {
    void run(OpenFile open) throws IOException;
  }

  private void open(TreePath path, OpenAction action) throws IOException {
    try (OpenFile open = store.open(path, FileStore.Access.READ_WRITE)) {
      action.run(open);
    }
  }

  /** Refused operations are never recorded, as a volume checks before it numbers. */
  private void apply(Operation operation, Action action) throws IOException {
    boolean names =
        operation instanceof Operation.Create
            || operation instanceof Operation.Link
            || operation instanceof Operation.Remove
            || operation instanceof Operation.Rename
            || operation instanceof Operation.Exchange;
    new TrialRun(names ? store.copy() : store).run(operation);
    recorder.record(operation);
    action.run();
  }

  /** Applies an operation to a throw-away copy, so that a refusal comes before the record. */
  private record TrialRun(SimStore copy) {
    void run(Operation operation) throws IOException {
      if (operation instanceof Operation.Create create) {
        copy.create(create.path(), create.file(), create.id());
      } else if (operation instanceof Operation.Link link) {
        copy.link(link.existing(), link.path());
      } else if (operation instanceof Operation.Remove remove) {
        copy.remove(remove.path(), remove.directory());
      } else if (operation instanceof Operation.Rename rename) {
        copy.rename(rename.path(), rename.to(), false);
      } else if (operation instanceof Operation.Exchange exchange) {
        copy.exchange(exchange.path(), exchange.otherPath());
      } else if (operation instanceof Operation.SetAttributes
          || operation instanceof Operation.SetXattr) {
        copy.status(operation.path());
      } else {
        copy.open(operation.path(), FileStore.Access.READ_WRITE).close();
      }
    }
  }
}

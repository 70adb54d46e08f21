package io.lockstep.agent.split;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A losing side's tree, and its quarantine. */
final class SplitTree {
  static final Generation LOST = new Generation(0x1122334455667788L, 9);
  static final Generation KEPT = new Generation(2, 2);
  static final long OURS = 77;

  final SimStore store = new SimStore();
  private long ids;

  FileId next(long epoch) {
    return new FileId(epoch, ++ids);
  }

  TreePath directory(String name, long epoch) throws IOException {
    TreePath path = TreePath.of(0, name);
    store.create(path, NewFile.directory(0755, 0, 0), next(epoch));
    return path;
  }

  TreePath file(String name, String text) throws IOException {
    return file(TreePath.of(0, name), text, 1);
  }

  TreePath file(TreePath path, String text, long epoch) throws IOException {
    store.create(path, NewFile.file(0644, 0, 0), next(epoch));
    write(path, text, 0);
    return path;
  }

  void write(TreePath path, String text, long at) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (OpenFile open = store.open(path, FileStore.Access.WRITE)) {
      store.write(open, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), at);
    }
  }

  FileId id(TreePath path) throws IOException {
    return store.identity(path).orElseThrow();
  }

  List<TreePath> all() throws IOException {
    return Divergence.of(store, List.of(new Touched.Everything()), id -> id.epoch() == OURS);
  }

  Path quarantine(Disk disk, Path home, long quota) throws IOException {
    return new QuarantineShelf(disk, home)
        .make(
            store,
            new QuarantineShelf.Branch("desk", "desk-b", LOST, KEPT, 5, all()),
            quota,
            0,
            Instant.EPOCH,
            () -> true);
  }

  static Map<String, QuarantineEntry> entries(Disk disk, Path quarantine) throws IOException {
    Map<String, QuarantineEntry> entries = new HashMap<>();
    QuarantineIndex.read(disk, quarantine, entry -> entries.put(entry.path(), entry) == null);
    return entries;
  }

  static String content(Disk disk, Path file) throws IOException {
    try (Disk.DiskFile open = disk.open(file, false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) open.size());
      while (bytes.hasRemaining() && open.read(bytes, bytes.position()) > 0) {
        // on
      }
      return new String(bytes.array(), StandardCharsets.UTF_8);
    }
  }
}

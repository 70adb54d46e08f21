package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;
import java.util.concurrent.ConcurrentHashMap;

/** The files that the kernel has open, and what changes on each of them. Safe for any thread. */
final class OpenFiles {
  private record Shared(Activity activity, int users) {}

  private final Volume volume;
  private final HandleTable<FuseFile> table = new HandleTable<>();
  private final ConcurrentHashMap<Long, Shared> byNode = new ConcurrentHashMap<>();
  private final Activity names = new Activity();

  OpenFiles(Volume volume) {
    this.volume = volume;
  }

  /** Returns the kernel's number for {@code file}. */
  long add(VolumeFile file, long node) {
    Shared shared =
        byNode.compute(
            node,
            (n, known) ->
                known == null
                    ? new Shared(new Activity(), 1)
                    : new Shared(known.activity(), known.users() + 1));
    return table.add(new FuseFile(file, node, shared.activity()));
  }

  FuseFile get(long handle) throws StoreException {
    FuseFile file = table.get(handle);
    if (file == null) {
      throw new StoreException(Failure.STALE, "no open file has number " + handle);
    }
    return file;
  }

  void close(long handle) {
    FuseFile file = table.remove(handle);
    if (file != null) {
      close(file);
    }
  }

  private void close(FuseFile file) {
    byNode.computeIfPresent(
        file.node(),
        (n, known) -> known.users() == 1 ? null : new Shared(known.activity(), known.users() - 1));
    volume.close(file.file());
  }

  /** The connection is gone: whatever is open is closed. */
  void closeAll() {
    table.drain().forEach(this::close);
  }

  /** Changes of names anywhere, and of what no file is open for. */
  Activity names() {
    return names;
  }

  /** The changes that something done to {@code node}, without a file, counts as. */
  Activity changesOf(long node) {
    Shared shared = byNode.get(node);
    return shared == null ? names : shared.activity();
  }
}

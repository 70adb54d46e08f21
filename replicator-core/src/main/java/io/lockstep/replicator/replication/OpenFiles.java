package io.lockstep.replicator.replication;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.port.OpenFile;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files that an applier wrote last, open by identity, so that a stream of writes opens each
 * once. One thread.
 */
final class OpenFiles implements AutoCloseable {
  private static final int MOST = 256;

  private final LinkedHashMap<FileId, OpenFile> open = new LinkedHashMap<>(64, 0.75f, true);

  OpenFile get(FileId id) {
    return open.get(id);
  }

  void put(FileId id, OpenFile file) {
    open.put(id, file);
    if (open.size() > MOST) {
      Map.Entry<FileId, OpenFile> eldest = open.entrySet().iterator().next();
      open.remove(eldest.getKey());
      eldest.getValue().close();
    }
  }

  void forget(FileId id) {
    OpenFile file = open.remove(id);
    if (file != null) {
      file.close();
    }
  }

  @Override
  public void close() {
    open.values().forEach(OpenFile::close);
    open.clear();
  }
}

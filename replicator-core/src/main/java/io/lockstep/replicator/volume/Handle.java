package io.lockstep.replicator.volume;

import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;

/**
 * A node that an interceptor has open, and the store's file behind it. Identity matters: never
 * compared by value.
 */
final class Handle implements VolumeFile {
  private final Node node;
  private final OpenFile file;
  private final FileStore.Access access;

  Handle(Node node, OpenFile file, FileStore.Access access) {
    this.node = node;
    this.file = file;
    this.access = access;
  }

  @Override
  public Node node() {
    return node;
  }

  OpenFile file() {
    return file;
  }

  FileStore.Access access() {
    return access;
  }
}

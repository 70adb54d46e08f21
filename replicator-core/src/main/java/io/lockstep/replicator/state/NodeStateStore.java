package io.lockstep.replicator.state;

import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * The node's record of one module: in memory what is on stable storage. The memory changes only
 * after the write was durable, so nothing is acted upon that a crash could take back. Thread-safe.
 */
public final class NodeStateStore implements AutoCloseable {
  private final ReentrantLock writing;
  private final StateFile file;
  private volatile NodeRecord current;

  private NodeStateStore(Execution execution, StateFile file, NodeRecord current) {
    this.writing = execution.lock();
    this.file = file;
    this.current = current;
  }

  /** Whether there is a state at that path. */
  public static boolean exists(Disk disk, Path path) {
    return StateFile.exists(disk, path);
  }

  /** Creates the state, durably. @throws IOException when it exists or cannot be written */
  public static NodeStateStore create(Execution execution, Disk disk, Path path, NodeRecord first)
      throws IOException {
    StateFile file = StateFile.create(disk, path, NodeRecordCodec.encode(first));
    return new NodeStateStore(execution, file, first);
  }

  /** Opens the state. @throws StateCorruptException when it cannot be read any more */
  public static NodeStateStore open(Execution execution, Disk disk, Path path) throws IOException {
    StateFile file = StateFile.open(disk, path);
    try {
      return new NodeStateStore(execution, file, NodeRecordCodec.decode(file.read()));
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** The current record, durable. */
  public NodeRecord current() {
    return current;
  }

  /** Whether it could not be written: it is not trusted, and takes nothing, until opened anew. */
  public boolean failed() {
    return file.failed();
  }

  /**
   * Changes the record; durable on return. An unchanged record is not written.
   *
   * @return the new record
   * @throws IOException when it could not be made durable; no later change is accepted, and {@link
   *     #current} stays as it was
   */
  public NodeRecord update(UnaryOperator<NodeRecord> change) throws IOException {
    writing.lock();
    try {
      NodeRecord next = change.apply(current);
      if (!next.equals(current)) {
        file.write(NodeRecordCodec.encode(next));
        current = next;
      }
      return next;
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    writing.lock();
    try {
      file.close();
    } finally {
      writing.unlock();
    }
  }
}

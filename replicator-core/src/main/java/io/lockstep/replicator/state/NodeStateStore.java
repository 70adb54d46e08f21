package io.lockstep.replicator.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * The node's record of one module: in memory what is on stable storage. The memory changes only
 * after the write was durable, so nothing is acted upon that a crash could take back. Thread-safe.
 */
public final class NodeStateStore implements AutoCloseable {
  private final StateFile file;
  private volatile NodeRecord current;

  private NodeStateStore(StateFile file, NodeRecord current) {
    this.file = file;
    this.current = current;
  }

  /** Whether there is a state at that path. */
  public static boolean exists(Path path) {
    return StateFile.exists(path);
  }

  /** Creates the state, durably. @throws IOException when it exists or cannot be written */
  public static NodeStateStore create(Path path, NodeRecord first) throws IOException {
    return new NodeStateStore(StateFile.create(path, NodeRecordCodec.encode(first)), first);
  }

  /** Opens the state. @throws StateCorruptException when it cannot be read any more */
  public static NodeStateStore open(Path path) throws IOException {
    StateFile file = StateFile.open(path);
    try {
      return new NodeStateStore(file, NodeRecordCodec.decode(file.read()));
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** The current record, durable. */
  public NodeRecord current() {
    return current;
  }

  /**
   * Changes the record; durable on return. An unchanged record is not written.
   *
   * @return the new record
   * @throws IOException when it could not be made durable; no later change is accepted, and {@link
   *     #current} stays as it was
   */
  public synchronized NodeRecord update(UnaryOperator<NodeRecord> change) throws IOException {
    NodeRecord next = change.apply(current);
    if (!next.equals(current)) {
      file.write(NodeRecordCodec.encode(next));
      current = next;
    }
    return next;
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}

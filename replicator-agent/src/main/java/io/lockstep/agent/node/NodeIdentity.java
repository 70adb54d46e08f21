package io.lockstep.agent.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The random identity of a node, drawn when its state directory was made; a wiped node is another
 * one.
 */
final class NodeIdentity {
  private static final String FILE = "node-id";

  private NodeIdentity() {}

  /** Reads it, or draws it, durably. */
  static UUID of(Path stateDirectory) throws IOException {
    Path file = stateDirectory.resolve(FILE);
    if (Files.exists(file)) {
      try {
        return UUID.fromString(Files.readString(file).strip());
      } catch (IllegalArgumentException e) {
        throw new IOException(
            file + " does not hold this node's identity: restore it, or remove the whole state", e);
      }
    }
    UUID drawn = UUID.randomUUID();
    Files.writeString(file, drawn + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.SYNC);
    try (FileChannel directory = FileChannel.open(stateDirectory)) {
      directory.force(true);
    }
    return drawn;
  }
}

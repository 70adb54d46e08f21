package io.lockstep.agent.node;

import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The random identity of a node, drawn when its state directory was made; a wiped node is another
 * one.
 */
final class NodeIdentity {
  private static final String FILE = "node-id";
  private static final int MOST_BYTES = 128;

  private NodeIdentity() {}

  /** Reads it, or draws it, durably. */
  static UUID of(Host host, Path stateDirectory) throws IOException {
    Disk disk = host.disk();
    Path file = stateDirectory.resolve(FILE);
    if (disk.exists(file)) {
      try {
        return UUID.fromString(read(disk, file).strip());
      } catch (IllegalArgumentException e) {
        throw new IOException(
            file + " does not hold this node's identity: restore it, or remove the whole state", e);
      }
    }
    UUID drawn = host.execution().randomUuid();
    Path temporary = stateDirectory.resolve(FILE + ".new");
    try (Disk.DiskFile fresh = disk.open(temporary, true)) {
      fresh.setSize(0);
      fresh.write(ByteBuffer.wrap((drawn + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
      fresh.force();
    }
    disk.replace(temporary, file);
    return drawn;
  }

  private static String read(Disk disk, Path file) throws IOException {
    try (Disk.DiskFile opened = disk.open(file, false)) {
      ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
      int read = opened.read(bytes, 0);
      return new String(bytes.array(), 0, Math.max(0, read), StandardCharsets.US_ASCII);
    }
  }
}

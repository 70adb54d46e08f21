package io.lockstep.agent.change;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A node's configuration file, replaced whole: the new text is kept ready beside it, on stable
 * storage, and then renamed over it. Whatever happens the file is the old one or the new one.
 *
 * <p>The text kept ready has the node's name in it: where both nodes of a test share a file,
 * neither takes the other's.
 */
final class ConfigurationFile {
  private final Path file;
  private final Path ready;

  /** A link as last name is followed: the file that it names is replaced, not the link. */
  ConfigurationFile(Path file, String node) throws IOException {
    this.file = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    this.ready = this.file.resolveSibling("." + this.file.getFileName() + "." + node + ".new");
  }

  Path path() {
    return file;
  }

  /** Keeps a text ready, durably. */
  void prepare(String text) throws IOException {
    discard();
    try (FileChannel out =
        FileChannel.open(ready, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    if (Files.exists(file)) {
      Files.setPosixFilePermissions(ready, Files.getPosixFilePermissions(file));
    }
  }

  /** Makes the text kept ready the file; durable on return. */
  void commit() throws IOException {
    Files.move(ready, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory =
        FileChannel.open(Objects.requireNonNull(file.getParent()), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /** Forgets it; returns whether there was one. */
  boolean discard() throws IOException {
    return Files.deleteIfExists(ready);
  }
}

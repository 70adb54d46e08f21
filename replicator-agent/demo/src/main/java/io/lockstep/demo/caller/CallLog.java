package io.lockstep.demo.caller;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file of acknowledged calls, outside both nodes: a line {@code caller number epochMillis} for
 * each. Safe for many threads; a line is written when {@link #acknowledged} returns.
 */
public final class CallLog implements AutoCloseable {
  private final BufferedWriter writer;

  /**
   * Opens the file for appending.
   *
   * @throws IOException if it cannot be opened
   */
  public CallLog(Path file) throws IOException {
    writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Remembers that a call was answered 201. */
  public synchronized void acknowledged(int caller, long number, long epochMillis) {
    try {
      writer.write(caller + " " + number + " " + epochMillis + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("an acknowledged call cannot be remembered", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    writer.close();
  }
}

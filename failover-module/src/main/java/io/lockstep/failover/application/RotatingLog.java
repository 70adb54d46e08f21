package io.lockstep.failover.application;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an application's commands print: {@code <name>.log}, and when that is full {@code
 * <name>.log.1} and on, the oldest dropped. Each line has a UTC time and the command it came from.
 * Any thread. Nothing is forced to disk. An application is never disturbed by its log: lines that
 * can not be written are dropped, and one warning says so.
 */
final class RotatingLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RotatingLog.class);

  private final Path file;
  private LogLimits limits;
  private final Clock clock;
  private FileChannel channel;
  private long size;
  private boolean broken;

  RotatingLog(Path file, LogLimits limits, Clock clock) {
    this.file = file.toAbsolutePath();
    this.limits = limits;
    this.clock = clock;
  }

  /** Appends one line of the command {@code source}. */
  synchronized void append(String source, String line) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    byte[] bytes = (now + " " + source + ": " + line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      if (channel == null) {
        open();
      }
      if (size > 0 && size + bytes.length > limits.bytes()) {
        rotate();
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        size += channel.write(buffer);
      }
      broken = false;
    } catch (IOException e) {
      if (!broken) {
        broken = true;
        LOG.warn("Lines of the application are lost: can not write {}; the cause follows", file, e);
      }
    }
  }

  /** Another bound, from the next line on; files beyond it go at the next rotation. */
  synchronized void limit(LogLimits changed) {
    limits = changed;
  }

  private void open() throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent(), "a file, not /"));
    channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    size = channel.size();
  }

  private void rotate() throws IOException {
    close();
    for (int i = limits.files() - 1; i > 1; i--) {
      if (Files.exists(numbered(i - 1))) {
        Files.move(numbered(i - 1), numbered(i), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    for (int i = limits.files(); Files.deleteIfExists(numbered(i)); i++) {
      LOG.debug("{} is beyond the bound", numbered(i));
    }
    if (limits.files() > 1) {
      Files.move(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(file);
    }
    open();
  }

  private Path numbered(int i) {
    return file.resolveSibling(file.getFileName() + "." + i);
  }

  /** Closes the file; the next line opens it again. */
  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}

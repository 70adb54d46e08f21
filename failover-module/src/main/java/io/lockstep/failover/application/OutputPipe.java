package io.lockstep.failover.application;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The output of one kind of command, through a named pipe into the log. Not the pipe that {@link
 * Process} gives: that one closes when the command returns, and a daemon which the command left
 * running would die of its next line.
 *
 * <p>One thread per pipe reads until {@link #close}. The reader also holds the writing end, so that
 * the pipe never ends between two commands; a zero byte that {@link #drain} writes itself tells it
 * that all output before it is read.
 */
final class OutputPipe implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputPipe.class);
  private static final int LAST_LINES = 10;
  private static final int LONGEST_LINE = 16 * 1024;

  private final String source;
  private final Path path;
  private final RotatingLog log;
  private final FileChannel writer;
  private final FileChannel channel;
  private final byte[] line = new byte[LONGEST_LINE];
  private int length;
  private final Deque<String> last = new ArrayDeque<>();
  private long marks;
  private boolean closed;

  OutputPipe(String source, Path path, RotatingLog log) throws IOException {
    this.source = source;
    this.path = path;
    this.log = log;
    make(path);
    // Both directions: opening one alone waits for the other. Two channels: one that reads lets
    // nobody write.
    this.writer = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    Thread reader = new Thread(this::read, "output-" + source);
    reader.setDaemon(true);
    reader.start();
  }

  private static void make(Path path) throws IOException {
    Files.deleteIfExists(path);
    Process mkfifo = new ProcessBuilder("mkfifo", "-m", "600", path.toString()).start();
    try {
      if (mkfifo.waitFor() != 0) {
        throw new IOException(
            "can not make the pipe "
                + path
                + ": does its file system have named pipes, and is it writable?");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while making " + path, e);
    }
  }

  /** Where the command's output goes. */
  ProcessBuilder.Redirect target() {
    return ProcessBuilder.Redirect.appendTo(path.toFile());
  }

  private void read() {
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    try {
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          take(buffer.get());
        }
        buffer.clear();
      }
    } catch (ClosedChannelException e) {
      LOG.trace("{} closed", path);
    } catch (IOException e) {
      LOG.warn("The output of the {} command is lost from here: can not read {}", source, path, e);
    }
    synchronized (this) {
      closed = true;
      notifyAll();
    }
  }

  private synchronized void take(byte b) {
    if (b == '\n' || length == line.length) {
      finishLine();
    }
    if (b == 0) {
      if (length > 0) {
        finishLine();
      }
      marks++;
      notifyAll();
    } else if (b != '\n') {
      line[length++] = b;
    }
  }

  private void finishLine() {
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    length = 0;
    log.append(source, text);
    if (last.size() == LAST_LINES) {
      last.removeFirst();
    }
    last.addLast(text);
  }

  /** Forgets the last lines: another command begins. */
  synchronized void begin() {
    last.clear();
  }

  /** The last lines since {@link #begin}, after all that is in the pipe now is read. */
  List<String> drain(Duration atMost) throws IOException, InterruptedException {
    long wanted;
    synchronized (this) {
      wanted = marks + 1;
    }
    writer.write(ByteBuffer.wrap(new byte[1]));
    return awaitMark(wanted, System.nanoTime() + atMost.toNanos());
  }

  private synchronized List<String> awaitMark(long wanted, long end) throws InterruptedException {
    while (marks < wanted && !closed) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (leftMs <= 0) {
        break;
      }
      wait(leftMs);
    }
    return List.copyOf(last);
  }

  /** Ends the reading; a process that still writes gets a broken pipe. */
  @Override
  public void close() throws IOException {
    channel.close();
    writer.close();
    Files.deleteIfExists(path);
  }
}

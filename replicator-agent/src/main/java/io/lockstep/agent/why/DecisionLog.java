package io.lockstep.agent.why;

import io.lockstep.failover.role.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decisions of one module on this node, in {@code decisions} and {@code decisions.1}, each at
 * most 1 MiB. Whoever decides is never held up: a thread of its own writes and forces, and what
 * cannot be written is lost with one warning. A decision that repeats the one before is left out.
 * Any thread.
 */
public final class DecisionLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);
  private static final String NAME = "decisions";
  private static final int WAITING = 10_000;
  private static final int MOST_BYTES = 1 << 20;

  /** Ends the writer. An interrupt would close the file under it. */
  private static final Decision END =
      new Decision(Instant.EPOCH, Role.STOPPED, Role.STOPPED, "", "the log is closed");

  private final Path file;
  private final long mostBytes;
  private final LinkedBlockingQueue<Decision> waiting = new LinkedBlockingQueue<>(WAITING);
  private final Thread writer;
  private Decision last;
  private boolean broken;

  /** In the module's state directory, which exists. */
  public DecisionLog(Path directory) {
    this(directory, MOST_BYTES);
  }

  DecisionLog(Path directory, long mostBytes) {
    this.file = directory.resolve(NAME);
    this.mostBytes = mostBytes;
    this.writer = new Thread(this::write, "decisions");
    writer.setDaemon(true);
    writer.start();
  }

  /** Hands a decision on; returns at once. */
  public void add(Decision decision) {
    if (!waiting.offer(decision)) {
      LOG.debug("A decision is not recorded: the disk is far behind");
    }
  }

  private void write() {
    try {
      boolean more = true;
      while (more) {
        List<Decision> batch = new ArrayList<>();
        batch.add(waiting.take());
        waiting.drainTo(batch);
        more = !batch.remove(END);
        append(batch);
      }
    } catch (InterruptedException e) {
      LOG.warn("Decisions are not recorded any more: interrupted");
    }
  }

  private void append(List<Decision> batch) {
    StringBuilder text = new StringBuilder();
    for (Decision decision : batch) {
      if (!decision.repeats(last)) {
        text.append(decision.line()).append('\n');
        last = decision;
      }
    }
    if (text.isEmpty()) {
      return;
    }
    try {
      append(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
      broken = false;
    } catch (IOException e) {
      if (!broken) {
        broken = true;
        LOG.warn("Decisions are not recorded: cannot write {}", file, e);
      }
    }
  }

  private void append(ByteBuffer bytes) throws IOException {
    if (Files.exists(file) && Files.size(file) + bytes.remaining() > mostBytes) {
      Files.move(file, older(file), StandardCopyOption.REPLACE_EXISTING);
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    }
  }

  private static Path older(Path file) {
    return file.resolveSibling(NAME + ".1");
  }

  /**
   * What is recorded in a module's state directory, oldest first; also while no agent runs.
   *
   * @throws IOException if it cannot be read
   */
  public static List<Decision> read(Path directory) throws IOException {
    List<Decision> decisions = new ArrayList<>();
    Path file = directory.resolve(NAME);
    for (Path each : List.of(older(file), file)) {
      if (Files.exists(each)) {
        String text = new String(Files.readAllBytes(each), StandardCharsets.UTF_8);
        text.lines().flatMap(line -> Decision.of(line).stream()).forEach(decisions::add);
      }
    }
    return decisions;
  }

  /** Ends once everything that was added is written. */
  @Override
  public void close() {
    try {
      waiting.put(END);
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

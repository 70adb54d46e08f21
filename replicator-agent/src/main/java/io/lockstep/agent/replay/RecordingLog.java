package io.lockstep.agent.replay;

import io.lockstep.failover.application.LogLimits;
import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.replay.Recorder;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps everything that one module's role machine is given on this node, in the files {@code
 * recording} (the newest), {@code recording.1}, and so on, each of which can be replayed alone.
 *
 * <p>Whoever decides is never held up: a thread of its own writes. It forces what changed the role
 * or what is under way, nothing else. A kill of the agent loses what the thread has not come to and
 * at most the last ten seconds of heartbeats that told nothing new; a power cut, besides, what the
 * kernel had not written since the last force. What cannot be written is lost with one warning, and
 * the recording begins anew after it.
 *
 * <p>{@link #took} from one thread, the rest from any.
 */
public final class RecordingLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingLog.class);
  private static final String NAME = "recording";
  private static final int WAITING = 10_000;

  /** For the entries of one step: what a peer or an operator says is at most 4096 bytes long. */
  private static final long ROOM = 16 << 10;

  private static final int MOST_HELD = 4 << 10;

  /** The most of {@code recorder.count}: no older file is looked for. */
  private static final int MOST_FILES = 1000;

  /** One step; {@code begins}: nothing before it can be relied on. */
  private record Taken(
      long wallMs, long nowNs, RoleState before, RoleInput input, Step step, boolean begins) {}

  /** Ends the writer. An interrupt would close the file under it. */
  private static final Taken END = new Taken(0, 0, null, null, null, false);

  private final Path file;
  private final String module;
  private final long tickNs;
  private final Supplier<LogLimits> limits;
  private final LinkedBlockingQueue<Taken> waiting = new LinkedBlockingQueue<>(WAITING);
  private final Thread writer;
  private boolean begins = true;

  // of the writer
  private Recorder recorder = new Recorder();
  private boolean starts = true;
  private boolean anew = true;
  private boolean broken;

  /**
   * In the module's state directory, which exists.
   *
   * @param tickNs how often the machine is told the time
   * @param limits asked for whenever something is written
   */
  public RecordingLog(Path directory, String module, long tickNs, Supplier<LogLimits> limits) {
    this.file = directory.resolve(NAME);
    this.module = module;
    this.tickNs = tickNs;
    this.limits = limits;
    this.writer = new Thread(this::write, "recording-" + module);
    writer.setDaemon(true);
    writer.start();
  }

  /** Hands a step on; returns at once. */
  public void took(long nowNs, RoleState before, RoleInput input, Step step) {
    long wallMs = System.currentTimeMillis();
    if (waiting.offer(new Taken(wallMs, nowNs, before, input, step, begins))) {
      begins = false;
    } else {
      begins = true;
      LOG.debug("An input is not recorded: the disk is far behind");
    }
  }

  private void write() {
    try {
      boolean more = true;
      while (more) {
        List<Taken> batch = new ArrayList<>();
        batch.add(waiting.take());
        waiting.drainTo(batch);
        more = !batch.remove(END);
        write(batch, !more);
      }
    } catch (InterruptedException e) {
      LOG.warn("Inputs are not recorded any more: interrupted");
    }
  }

  private void write(List<Taken> batch, boolean last) {
    try {
      StringBuilder text = new StringBuilder();
      boolean force = false;
      for (Taken taken : batch) {
        add(taken, text);
        force |= isDecision(taken);
      }
      if (last) {
        recorder.rest().forEach(entry -> line(entry, text));
      }
      append(text, force || last);
      broken = false;
    } catch (IOException e) {
      anew = true;
      if (!broken) {
        broken = true;
        LOG.warn("Inputs are not recorded: cannot write {}", file, e);
      }
    }
  }

  private static boolean isDecision(Taken taken) {
    RoleState after = taken.step().state();
    return taken.before().role() != after.role() || taken.before().goal() != after.goal();
  }

  private void add(Taken taken, StringBuilder text) throws IOException {
    if (taken.begins() || anew) {
      recorder = new Recorder();
      text.append('\n');
      begin(taken, taken.before(), text);
      anew = false;
    }
    List<Entry> entries = recorder.took(taken.nowNs(), taken.before(), taken.input(), taken.step());
    boolean full = !entries.isEmpty() && isFull(text);
    for (Entry entry : entries) {
      if (full && entry instanceof Entry.Took) {
        next(text, taken.before(), taken);
        full = false;
      }
      line(entry, text);
    }
    if (full) {
      next(text, taken.step().state(), taken);
    }
  }

  private boolean isFull(StringBuilder text) throws IOException {
    if (text.length() > MOST_HELD) {
      append(text, false);
      text.setLength(0);
    }
    long bytes = Files.exists(file) ? Files.size(file) : 0;
    return bytes + text.length() > limits.get().bytes() - ROOM;
  }

  /** Ends the file and begins another, with the state as it is between two entries. */
  private void next(StringBuilder text, RoleState state, Taken taken) throws IOException {
    append(text, false);
    text.setLength(0);
    roll();
    begin(taken, state, text);
  }

  private void begin(Taken taken, RoleState state, StringBuilder text) {
    line(new Entry.Begin(module, taken.wallMs(), taken.nowNs(), tickNs, starts, state), text);
    starts = false;
  }

  private static void line(Entry entry, StringBuilder text) {
    text.append(RecordingLine.of(entry)).append('\n');
  }

  private void append(StringBuilder text, boolean force) throws IOException {
    if (text.isEmpty() && !force) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (force) {
        channel.force(false);
      }
    }
  }

  /** Makes room: the oldest go, each other gets the next number. */
  private void roll() throws IOException {
    int keep = limits.get().files();
    for (int number = MOST_FILES - 1; number >= 1; number--) {
      Path each = numbered(file, number);
      if (Files.exists(each)) {
        if (number >= keep - 1) {
          Files.delete(each);
        } else {
          Files.move(each, numbered(file, number + 1), StandardCopyOption.ATOMIC_MOVE);
        }
      }
    }
    if (keep > 1) {
      Files.move(file, numbered(file, 1), StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.delete(file);
    }
  }

  private static Path numbered(Path file, int number) {
    return file.resolveSibling(NAME + "." + number);
  }

  /** The files that are there, the oldest first. */
  public static List<Path> files(Path directory) {
    List<Path> files = new ArrayList<>();
    Path newest = directory.resolve(NAME);
    for (int number = MOST_FILES; number >= 1; number--) {
      if (Files.exists(numbered(newest, number))) {
        files.add(numbered(newest, number));
      }
    }
    if (Files.exists(newest)) {
      files.add(newest);
    }
    return files;
  }

  /** Ends once everything that was taken is written. */
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

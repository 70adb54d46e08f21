package io.lockstep.agent.arbiter;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The record on a third machine's share: files numbered upwards, the highest counts, none is ever
 * replaced or removed. A change is written aside, forced, and linked to the next number, which
 * fails if another was faster: that is the compare-and-swap.
 *
 * <p>The share has to make hard links atomically (NFS and local file systems do); that is tried
 * before the first change. A share that hangs is an unclear answer: each call runs on a thread of
 * its own that is waited for only so long, and none is begun while one hangs.
 */
public final class FileArbiter implements Arbiter {
  /** File whose presence shows that the share is mounted. */
  static final String MARK = "lockstep-arbiter";

  /** Far more than a record takes. */
  private static final long MOST_BYTES = 64 << 10;

  private final Path directory;
  private final Duration timeout;
  private final ExecutorService calls;
  private Future<?> hanging;
  private volatile boolean proved;

  /** Of one module; {@code directory} is its own and is created when needed. */
  public FileArbiter(Path directory, Duration timeout) {
    this.directory = directory;
    this.timeout = timeout;
    this.calls =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "arbiter-file");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public Reading read() {
    try {
      return new Reading.Current(bounded(this::newest));
    } catch (IOException e) {
      return new Reading.Unknown(e.getMessage());
    }
  }

  @Override
  public Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted) {
    try {
      return bounded(() -> swap(expected, wanted));
    } catch (IOException e) {
      return new Outcome.Unknown(e.getMessage());
    }
  }

  /** Tries whether a link can be made only once here. */
  private void prove() throws IOException {
    Path first = aside("proof");
    Path second = aside("proof");
    Path both = directory.resolve("proof-" + UUID.randomUUID());
    try {
      Files.createLink(both, first);
      try {
        Files.createLink(both, second);
        throw new IOException("it lets a link replace another and cannot serve as arbiter");
      } catch (FileAlreadyExistsException e) {
        if (!Files.isSameFile(both, first)) {
          throw new IOException("it does not keep the first link and cannot serve as arbiter", e);
        }
      }
      proved = true;
    } catch (UnsupportedOperationException e) {
      throw new IOException("it has no hard links and cannot serve as arbiter", e);
    } finally {
      Files.deleteIfExists(both);
      Files.deleteIfExists(first);
      Files.deleteIfExists(second);
    }
  }

  /** An empty mount point must not look like a share without a record. */
  private void checkMounted() throws IOException {
    Path mark = directory.resolveSibling(MARK);
    if (!Files.exists(mark)) {
      throw new IOException(
          mark + " is not there: mount the share, or create that file on it, once");
    }
  }

  private InSyncRecord newest() throws IOException {
    checkMounted();
    long highest = 0;
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        highest =
            files
                .map(file -> String.valueOf(file.getFileName()))
                .filter(name -> name.matches("\\d{16}"))
                .mapToLong(Long::parseLong)
                .max()
                .orElse(0);
      }
    }
    // a listing may be old where the share caches it; a name that is asked for is not
    while (Files.exists(numbered(highest + 1))) {
      highest++;
    }
    if (highest == 0) {
      return InSyncRecord.NONE;
    }
    if (Files.size(numbered(highest)) > MOST_BYTES) {
      throw new IOException(numbered(highest) + " is damaged: larger than any record");
    }
    try {
      return RecordText.read(Files.readString(numbered(highest)), highest);
    } catch (IllegalArgumentException e) {
      throw new IOException(numbered(highest) + " is damaged: " + e.getMessage(), e);
    }
  }

  private Outcome swap(InSyncRecord expected, InSyncRecord wanted) throws IOException {
    checkMounted();
    Files.createDirectories(directory);
    if (!proved) {
      prove();
    }
    Path aside = aside(RecordText.write(wanted));
    long next = expected.version() + 1;
    try {
      Files.createLink(numbered(next), aside);
    } catch (FileAlreadyExistsException e) {
      return new Outcome.Conflict(newest());
    } finally {
      Files.deleteIfExists(aside);
    }
    forceDirectory();
    return new Outcome.Changed(wanted.at(next));
  }

  private Path numbered(long version) {
    return directory.resolve(String.format(Locale.ROOT, "%016d", version));
  }

  private Path aside(String text) throws IOException {
    Path file = directory.resolve("new-" + UUID.randomUUID());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    return file;
  }

  private void forceDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private <T> T bounded(Callable<T> call) throws IOException {
    if (hanging != null && !hanging.isDone()) {
      throw new IOException(directory + " still hangs");
    }
    Future<T> future = calls.submit(call);
    hanging = future;
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(
          directory + ": " + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw new IOException(directory + " does not answer within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public String describe() {
    return "files in " + directory;
  }

  @Override
  public void close() {
    calls.shutdownNow();
  }
}

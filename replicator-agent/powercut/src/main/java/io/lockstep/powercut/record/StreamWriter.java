package io.lockstep.powercut.record;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One stream of a recorder, on a thread of its own. */
final class StreamWriter implements Runnable {
  /** Between two writes of a stream. */
  private static final long PACE_NANOS =
      TimeUnit.MILLISECONDS.toNanos(Long.getLong("recorder.paceMs", 3));

  private final Writing stream;
  private final Path home;
  private final InetSocketAddress ledger;
  private final String run;
  private final Random random = new Random();
  private LedgerLine line;
  private long number;

  StreamWriter(Writing stream, Path home, InetSocketAddress ledger, String run) {
    this.stream = stream;
    this.home = home;
    this.ledger = ledger;
    this.run = run;
  }

  @Override
  public void run() {
    try {
      line = new LedgerLine(ledger, run, stream.name());
      line.awaitGo();
      switch (stream) {
        case APPEND -> append(open(StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        case DSYNC ->
            append(
                open(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND,
                    StandardOpenOption.DSYNC));
        case FILES -> files(home.resolve(stream.place()));
        case BLOCKS -> blocks(open(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
      }
    } catch (IOException | RuntimeException e) {
      System.err.println(run + " " + stream + " ends after " + number + ": " + e);
      // All streams of a run end together: Lockstep sees that its application is gone.
      Runtime.getRuntime().halt(1);
    }
  }

  private FileChannel open(StandardOpenOption... how) throws IOException {
    FileChannel file = FileChannel.open(home.resolve(stream.place()), how);
    PowerRecorder.sync(home);
    return file;
  }

  private void written(String what) throws IOException {
    number++;
    line.say("w " + number + what);
  }

  private void synced() throws IOException {
    line.say("s " + number);
  }

  private void next() throws IOException {
    line.awaitGo();
    LockSupport.parkNanos(PACE_NANOS);
  }

  private void append(FileChannel file) throws IOException {
    while (true) {
      write(file, ByteBuffer.wrap(Content.line(number + 1)), number * Content.LINE_BYTES);
      written("");
      if (stream == Writing.DSYNC) {
        synced();
      } else if (random.nextInt(12) == 0) {
        file.force(true);
        synced();
      }
      next();
    }
  }

  private void blocks(FileChannel file) throws IOException {
    while (true) {
      int block = random.nextInt(Content.BLOCKS);
      byte[] content = Content.block(block, number + 1);
      write(file, ByteBuffer.wrap(content), (long) block * Content.BLOCK_BYTES);
      written(" " + block);
      if (random.nextInt(12) == 0) {
        file.force(false);
        synced();
      }
      next();
    }
  }

  private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
    int length = bytes.remaining();
    if (file.write(bytes, at) != length) {
      throw new IOException("a write was done in part only");
    }
  }

  private void files(Path directory) throws IOException {
    while (true) {
      long next = number + 1;
      Path unfinished = directory.resolve("unfinished");
      try (FileChannel file =
          FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        write(file, ByteBuffer.wrap(Content.file(next)), 0);
        file.force(true);
      }
      Files.move(
          unfinished, directory.resolve(Content.fileName(next)), StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(directory.resolve(Content.fileName(next - Content.FILES_KEPT)));
      written("");
      if (random.nextInt(6) == 0) {
        PowerRecorder.sync(directory);
        synced();
      }
      next();
    }
  }
}

package io.lockstep.bench.latency;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Does one kind of operation in one directory until a moment comes, and notes each. */
final class Load implements Callable<Timeline> {
  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCKS = 16 << 10;
  private static final int APPENDED_BLOCKS = 4 << 10;

  private final Kind kind;
  private final Path place;
  private final Timeline timeline;
  private final long endNs;
  private final boolean paced;
  private final SplittableRandom random = new SplittableRandom(7);
  private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
  private int appended;

  /** {@code paced}: no faster than {@link Kind#everyUs}. */
  Load(Kind kind, Path place, Timeline timeline, long endNs, boolean paced) {
    this.kind = kind;
    this.place = place;
    this.timeline = timeline;
    this.endNs = endNs;
    this.paced = paced;
  }

  /** Makes the file that is written and read. */
  static void prepare(Path place) throws IOException {
    Files.createDirectories(place);
    ByteBuffer mebibyte = ByteBuffer.allocateDirect(1 << 20);
    try (FileChannel file = open(place.resolve("blocks"))) {
      for (long at = 0; at < (long) BLOCKS * BLOCK_BYTES; at += mebibyte.capacity()) {
        file.write(mebibyte.clear(), at);
      }
      file.force(true);
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public Timeline call() throws IOException {
    Path path = place.resolve(kind == Kind.SYNC ? "appended" : "blocks");
    try (FileChannel file = open(path)) {
      while (true) {
        long began = System.nanoTime();
        if (began >= endNs) {
          return timeline;
        }
        perform(file);
        timeline.add(began, System.nanoTime());
        pause(began);
      }
    }
  }

  private void pause(long began) {
    long next = began + TimeUnit.MICROSECONDS.toNanos(kind.everyUs());
    if (paced && next > System.nanoTime()) {
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void perform(FileChannel file) throws IOException {
    switch (kind) {
      case WRITE -> file.write(block.clear(), anywhere());
      case READ -> file.read(block.clear(), anywhere());
      case SYNC -> {
        file.write(block.clear(), (long) (appended++ % APPENDED_BLOCKS) * BLOCK_BYTES);
        file.force(false);
      }
      case SMALL_FILE -> smallFile();
    }
  }

  private long anywhere() {
    return (long) random.nextInt(BLOCKS) * BLOCK_BYTES;
  }

  private void smallFile() throws IOException {
    Path made = place.resolve("small");
    Path renamed = place.resolve("small-renamed");
    try (FileChannel file = open(made)) {
      file.write(block.clear());
    }
    Files.move(made, renamed, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(renamed);
  }
}

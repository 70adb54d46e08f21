package io.lockstep.powercut.disk;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A disk with a volatile cache that can lose its power: it answers from what was written, and
 * remembers which part of that no flush has covered yet.
 *
 * <p>Two images: what reads see, and what is on stable storage. A flush brings the writes answered
 * before it from the one to the other. At a cut the unflushed writes survive in part, by chance;
 * everything else is gone, and the reads of the next power-on see that.
 *
 * <p>Safe for any thread. Nothing is forced to the machine's own disk: it is the test that must
 * survive, not this.
 */
public final class PowerDisk implements AutoCloseable {
  private enum Power {
    ON,
    /** The moment of the cut: no request is answered any more. */
    HELD,
    /** Whoever still writes believes to have written. */
    OFF
  }

  private final long sizeBytes;
  private final FileChannel seen;
  private final FileChannel stable;

  @GuardedBy("this")
  private final List<Write> unflushed = new ArrayList<>();

  @GuardedBy("this")
  private final List<Write> afterTheCut = new ArrayList<>();

  @GuardedBy("this")
  private Power power = Power.OFF;

  @GuardedBy("this")
  private boolean armed;

  @GuardedBy("this")
  private long flushes;

  /**
   * Over two files that are equal now.
   *
   * @throws IOException if one of them cannot be opened
   */
  public PowerDisk(Path seen, Path stable, long sizeBytes) throws IOException {
    this.sizeBytes = sizeBytes;
    this.seen = FileChannel.open(seen, StandardOpenOption.READ, StandardOpenOption.WRITE);
    this.stable = FileChannel.open(stable, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Size in bytes. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Gives it power. Its reads then see what is on stable storage. */
  public synchronized void on() {
    power = Power.ON;
    notifyAll();
  }

  /**
   * Cuts the power as far as its users can tell: writes and flushes are answered no more. Waits for
   * the worst moment before, that of a flush which has something to do, but not longer than {@code
   * patienceMs}.
   */
  public synchronized void hold(long patienceMs) throws InterruptedException {
    armed = true;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    long leftMs = patienceMs;
    while (power == Power.ON && leftMs > 0) {
      wait(leftMs);
      leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
    armed = false;
    power = Power.HELD;
  }

  /**
   * Lets those who wait in {@link #hold} go, for they are about to be killed: they are told that
   * all is well, and nothing of it is kept.
   */
  public synchronized void off() {
    power = Power.OFF;
    notifyAll();
  }

  @GuardedBy("this")
  private void awaitPower() throws IOException {
    while (power == Power.HELD) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while the disk has no power", e);
      }
    }
  }

  /** Reads; returns the count, 0 at the end. */
  int read(ByteBuffer into, long offset) throws IOException {
    if (offset >= sizeBytes) {
      return 0;
    }
    int wanted = (int) Math.min(into.remaining(), sizeBytes - offset);
    ByteBuffer part = into.slice(into.position(), wanted);
    fill(part, seen, offset);
    into.position(into.position() + part.position());
    return part.position();
  }

  private static void fill(ByteBuffer into, FileChannel image, long offset) throws IOException {
    int read = 0;
    while (into.hasRemaining() && read >= 0) {
      read = image.read(into, offset + into.position());
    }
  }

  /** Takes the write into the cache. */
  synchronized void write(ByteBuffer data, long offset) throws IOException {
    awaitPower();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    Write write = new Write(offset, bytes);
    write.to(seen);
    (power == Power.ON ? unflushed : afterTheCut).add(write);
  }

  /** Everything written before is on stable storage on return. */
  synchronized void flush() throws IOException {
    if (armed && power == Power.ON && !unflushed.isEmpty()) {
      power = Power.HELD;
      notifyAll();
    }
    awaitPower();
    if (power == Power.ON) {
      for (Write write : unflushed) {
        write.to(stable);
      }
      unflushed.clear();
      flushes++;
    }
  }

  /** How many flushes came since the power was on for the first time. */
  public synchronized long flushes() {
    return flushes;
  }

  /**
   * What became of the writes that no flush had covered.
   *
   * @param writes how many there were
   * @param bytes their bytes
   * @param keptBytes those that are on stable storage all the same
   * @param tornWrites writes of which a part was kept and a part was lost
   */
  public record Loss(int writes, long bytes, long keptBytes, int tornWrites) {}

  /**
   * Decides what survives; the disk is {@link #off} and nobody uses it. Afterwards reads see what
   * is on stable storage.
   */
  public synchronized Loss lose(Survival survival, Random random) {
    if (power != Power.OFF) {
      throw new IllegalStateException("the disk has power");
    }
    try {
      long bytes = 0;
      long kept = 0;
      int torn = 0;
      survival.begin(unflushed.size(), random);
      for (Write write : unflushed) {
        long part = 0;
        for (Write piece : survival.of(write, random)) {
          piece.to(stable);
          part += piece.bytes().length;
        }
        bytes += write.bytes().length;
        kept += part;
        torn += part > 0 && part < write.bytes().length ? 1 : 0;
      }
      Loss loss = new Loss(unflushed.size(), bytes, kept, torn);
      forget(unflushed);
      forget(afterTheCut);
      return loss;
    } catch (IOException e) {
      throw new UncheckedIOException("the images of the disk cannot be written", e);
    }
  }

  /** Reads see again what is on stable storage where these wrote. */
  private void forget(List<Write> writes) throws IOException {
    for (Write write : writes) {
      ByteBuffer bytes = ByteBuffer.allocate(write.bytes().length);
      fill(bytes, stable, write.offset());
      new Write(write.offset(), bytes.array()).to(seen);
    }
    writes.clear();
  }

  @Override
  public void close() throws IOException {
    off();
    seen.close();
    stable.close();
  }
}

package io.lockstep.replicator.testkit;

import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.journal.JournalFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A journal in memory that can fill up, fail to force or hang while it does, and lose what was not
 * forced. Safe for any thread.
 */
public final class MemoryJournal implements Journal {
  private final List<byte[]> records = new ArrayList<>();
  private long first = 1;
  private long durable;
  private long roomRecords = Long.MAX_VALUE;
  private boolean forceFails;
  private final CountDownLatch disk = new CountDownLatch(1);
  private volatile boolean diskHangs;

  @Override
  public synchronized long firstSequence() {
    return first;
  }

  @Override
  public synchronized long lastSequence() {
    return first + records.size() - 1;
  }

  @Override
  public synchronized long durableSequence() {
    return durable;
  }

  @Override
  public synchronized void append(long sequence, ByteBuffer payload) throws IOException {
    if (sequence != lastSequence() + 1) {
      throw new IllegalArgumentException("expected " + (lastSequence() + 1) + ", got " + sequence);
    }
    if (roomRecords-- <= 0) {
      throw new JournalFullException("no room left");
    }
    byte[] copy = new byte[payload.remaining()];
    payload.duplicate().get(copy);
    records.add(copy);
  }

  @Override
  public long force() throws IOException {
    if (diskHangs) {
      awaitDisk();
    }
    synchronized (this) {
      if (forceFails) {
        throw new IOException("force fails");
      }
      durable = lastSequence();
      return durable;
    }
  }

  private void awaitDisk() throws IOException {
    try {
      disk.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Every force hangs from now on, until this is closed. */
  public void hangForce() {
    diskHangs = true;
  }

  @Override
  public void read(long fromSequence, Reader reader) throws IOException {
    List<byte[]> copy;
    long from;
    synchronized (this) {
      from = Math.max(fromSequence, first);
      copy = new ArrayList<>(records.subList((int) (from - first), records.size()));
    }
    for (byte[] each : copy) {
      if (!reader.record(from++, ByteBuffer.wrap(each))) {
        return;
      }
    }
  }

  @Override
  public synchronized void trim(long sequence) {
    while (!records.isEmpty() && first <= sequence) {
      records.remove(0);
      first++;
    }
  }

  @Override
  public synchronized void reset(long nextSequence) {
    records.clear();
    first = nextSequence;
    durable = nextSequence - 1;
  }

  @Override
  public synchronized long sizeBytes() {
    return records.stream().mapToLong(each -> each.length).sum();
  }

  /** As after a loss of power: what was not forced is gone. */
  public synchronized void losePower() {
    while (lastSequence() > durable) {
      records.remove(records.size() - 1);
    }
  }

  /** Only so many more records fit. */
  public synchronized void limitRoom(long more) {
    roomRecords = more;
  }

  /** Every force fails from now on. */
  public synchronized void failForce() {
    forceFails = true;
  }

  @Override
  public void close() {
    disk.countDown();
  }
}

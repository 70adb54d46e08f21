package io.lockstep.platform.linux.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.volume.Volume;
import java.util.HashMap;
import java.util.Map;

/**
 * How many files the kernel knows on all mounts of this process together, and how many it may.
 *
 * <p>The kernel keeps what it once looked up until its own memory is short, and each such file
 * costs this process some 230 bytes of heap: without a bound a walk through a few million files
 * would end it. Above {@link #tooMany} the kernel is asked to forget ({@link Forgetting}), and
 * listings hand out no more files along the way. At twice that, requests that would add more wait
 * until it has; what it cannot forget in time (files that are open, working directories) is too
 * much for this process, and more is refused with ENOMEM. Safe for any thread.
 */
public final class KnownFiles {
  /** Heap for each known file: four times what one takes. */
  private static final long HEAP_BYTES_A_FILE = 1024;

  private final long most;

  @GuardedBy("this")
  private final Map<Volume, Integer> mounts = new HashMap<>();

  private volatile long count;

  /** {@code most} is where the kernel is asked to forget. */
  public KnownFiles(long most) {
    this.most = most;
  }

  /** As many as a heap of so many bytes has room for. */
  public static KnownFiles forHeap(long heapBytes) {
    return new KnownFiles(heapBytes / HEAP_BYTES_A_FILE);
  }

  long most() {
    return most;
  }

  /** A mount on the volume begins; a volume of several is counted once. */
  synchronized void add(Volume volume) {
    mounts.merge(volume, 1, Integer::sum);
  }

  /** A mount on the volume has ended. */
  synchronized void remove(Volume volume) {
    mounts.computeIfPresent(volume, (v, uses) -> uses == 1 ? null : uses - 1);
    count();
  }

  /** Counts anew; the answers of the others go by the last count. */
  synchronized long count() {
    long sum = 0;
    for (Volume volume : mounts.keySet()) {
      sum += volume.known();
    }
    count = sum;
    return sum;
  }

  /** Whether the kernel should forget some. */
  boolean tooMany() {
    return count > most;
  }

  /** Whether what is not known yet has to wait. */
  boolean full() {
    return count > 2 * most;
  }

  /** Whether not even those may go on who may not wait because enough others do. */
  boolean overfull() {
    return count > 3 * most;
  }
}

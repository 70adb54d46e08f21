package io.lockstep.platform.linux.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What the kernel has open, by the small numbers that it knows it by. Safe for any thread; reading
 * neither locks nor allocates.
 */
final class HandleTable<T> {
  private volatile AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(64);

  @GuardedBy("this")
  private final Deque<Integer> free = new ArrayDeque<>();

  @GuardedBy("this")
  private int used;

  synchronized long add(T value) {
    int slot = free.isEmpty() ? used++ : free.pop();
    if (slot == slots.length()) {
      AtomicReferenceArray<T> larger = new AtomicReferenceArray<>(2 * slot);
      for (int i = 0; i < slot; i++) {
        larger.set(i, slots.get(i));
      }
      slots = larger;
    }
    slots.set(slot, value);
    return slot;
  }

  /** Null when there is none of that number. */
  T get(long handle) {
    AtomicReferenceArray<T> now = slots;
    return handle < 0 || handle >= now.length() ? null : now.get((int) handle);
  }

  synchronized T remove(long handle) {
    T value = get(handle);
    if (value != null) {
      slots.set((int) handle, null);
      free.push((int) handle);
    }
    return value;
  }

  /** Takes everything out. */
  synchronized List<T> drain() {
    List<T> all = new ArrayList<>();
    for (int i = 0; i < used; i++) {
      T value = remove(i);
      if (value != null) {
        all.add(value);
      }
    }
    return all;
  }
}

package io.lockstep.replicator.volume;

import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * A hash table of things that know their own keys (open addressing, linear probing). A tree of a
 * million files has a million entries here, so an entry costs no object, only its slot. The caller
 * synchronises.
 */
final class OpenTable<T> {
  private static final int SMALLEST = 64;

  private final ToIntFunction<T> hash;
  private T[] slots = slots(SMALLEST);
  private int size;

  /** {@code hash} of an entry never changes while it is here. */
  OpenTable(ToIntFunction<T> hash) {
    this.hash = hash;
  }

  @SuppressWarnings("unchecked")
  private T[] slots(int count) {
    return (T[]) new Object[count];
  }

  /** The entry with this hash that {@code wanted} accepts; null where there is none. */
  T find(int wantedHash, Predicate<? super T> wanted) {
    for (int at = place(wantedHash); slots[at] != null; at = after(at)) {
      if (wanted.test(slots[at])) {
        return slots[at];
      }
    }
    return null;
  }

  /** Adds an entry that is not here. */
  void add(T entry) {
    if (3 * (size + 1) > 2 * slots.length) {
      resize(2 * slots.length);
    }
    put(entry);
    size++;
  }

  private void put(T entry) {
    int at = place(hash.applyAsInt(entry));
    while (slots[at] != null) {
      at = after(at);
    }
    slots[at] = entry;
  }

  /** Removes the very entry; returns whether it was here. */
  boolean remove(T entry) {
    int at = place(hash.applyAsInt(entry));
    while (slots[at] != entry) {
      if (slots[at] == null) {
        return false;
      }
      at = after(at);
    }
    slots[at] = null;
    size--;
    moveBack(after(at));
    if (slots.length > SMALLEST && 8 * size < slots.length) {
      resize(slots.length / 2);
    }
    return true;
  }

  /** What had probed over the slot that became free must be found without it. */
  private void moveBack(int from) {
    for (int at = from; slots[at] != null; at = after(at)) {
      T entry = slots[at];
      slots[at] = null;
      put(entry);
    }
  }

  private void resize(int count) {
    T[] old = slots;
    slots = slots(count);
    for (T entry : old) {
      if (entry != null) {
        put(entry);
      }
    }
  }

  void forEach(Consumer<? super T> visitor) {
    for (T entry : slots) {
      if (entry != null) {
        visitor.accept(entry);
      }
    }
  }

  int size() {
    return size;
  }

  private int after(int at) {
    return at + 1 & slots.length - 1;
  }

  /** Hashes of numbers that follow each other lie next to each other; spread them (Fibonacci). */
  private int place(int hashed) {
    return hashed * 0x9E3779B9 >>> Integer.numberOfLeadingZeros(slots.length - 1);
  }
}

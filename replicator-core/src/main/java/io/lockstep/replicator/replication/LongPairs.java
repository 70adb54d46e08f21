package io.lockstep.replicator.replication;

/** Pairs of numbers, first in first out; grows as needed, and makes no objects. */
final class LongPairs {
  private static final int INITIAL = 64;

  private long[] numbers = new long[2 * INITIAL];
  private int first;
  private int size;

  void add(long key, long value) {
    if (2 * size == numbers.length) {
      grow();
    }
    int at = index(size++);
    numbers[at] = key;
    numbers[at + 1] = value;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long firstKey() {
    return numbers[index(0)];
  }

  long firstValue() {
    return numbers[index(0) + 1];
  }

  void removeFirst() {
    first = (first + 1) % (numbers.length / 2);
    size--;
  }

  void clear() {
    size = 0;
  }

  private int index(int i) {
    return (first + i) % (numbers.length / 2) * 2;
  }

  private void grow() {
    long[] larger = new long[2 * numbers.length];
    for (int i = 0; i < size; i++) {
      larger[2 * i] = numbers[index(i)];
      larger[2 * i + 1] = numbers[index(i) + 1];
    }
    numbers = larger;
    first = 0;
  }
}

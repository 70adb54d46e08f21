package io.lockstep.agent.metrics;

import java.util.function.Supplier;

/**
 * One reading for all meters of a scrape: they would otherwise be of different moments, and cost
 * one look at the node each. Any thread.
 */
final class Cached<T> {
  private static final long FRESH_NS = 300_000_000;

  private final Supplier<T> source;
  private T value;
  private long readNs;
  private boolean read;

  Cached(Supplier<T> source) {
    this.source = source;
  }

  synchronized T get() {
    long now = System.nanoTime();
    if (!read || now - readNs > FRESH_NS) {
      value = source.get();
      readNs = now;
      read = true;
    }
    return value;
  }
}

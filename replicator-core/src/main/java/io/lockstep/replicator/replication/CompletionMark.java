package io.lockstep.replicator.replication;

import java.util.PriorityQueue;

/**
 * The sequence up to which every operation has had its effect on this node's own tree, although
 * operations on different files finish in any order. Only operations at or below it may be counted
 * into a checkpoint. Safe for any thread.
 */
final class CompletionMark {
  private final PriorityQueue<Long> ahead = new PriorityQueue<>();
  private long mark;

  CompletionMark(long mark) {
    this.mark = mark;
  }

  synchronized void restart(long newMark) {
    ahead.clear();
    mark = newMark;
  }

  synchronized void completed(long sequence) {
    if (sequence != mark + 1) {
      if (sequence > mark) {
        ahead.add(sequence);
      }
      return;
    }
    mark = sequence;
    while (!ahead.isEmpty() && ahead.peek() <= mark + 1) {
      mark = Math.max(mark, ahead.poll());
    }
  }

  synchronized long value() {
    return mark;
  }
}

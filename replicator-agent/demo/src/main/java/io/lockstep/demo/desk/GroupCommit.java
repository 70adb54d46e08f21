package io.lockstep.demo.desk;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits calls that arrive together in one transaction.
 *
 * <p>A call's future completes with its row number after the commit that contains it, and never
 * before.
 */
public final class GroupCommit {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  /** Most calls in one transaction. */
  static final int LARGEST_GROUP = 64;

  private record Waiting(Call call, CompletableFuture<Long> row) {}

  private final CallStore store;
  private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>(1024);

  /** Starts the committing thread, a daemon that owns {@code store}. */
  public GroupCommit(CallStore store) {
    this.store = store;
    Thread thread = new Thread(this::commitForEver, "group-commit");
    thread.setDaemon(true);
    thread.start();
  }

  /** Queues a call; the future fails if the database refused it. */
  public CompletableFuture<Long> enter(Call call) {
    CompletableFuture<Long> row = new CompletableFuture<>();
    if (!queue.offer(new Waiting(call, row))) {
      row.completeExceptionally(new IllegalStateException("1024 calls are waiting already"));
    }
    return row;
  }

  private void commitForEver() {
    try {
      while (true) {
        List<Waiting> group = new ArrayList<>();
        group.add(queue.take());
        queue.drainTo(group, LARGEST_GROUP - 1);
        commit(group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void commit(List<Waiting> group) {
    try {
      long[] rows = store.enter(group.stream().map(Waiting::call).toList());
      for (int i = 0; i < rows.length; i++) {
        group.get(i).row().complete(rows[i]);
      }
    } catch (SQLException e) {
      log.error("{} calls were not entered: {}", group.size(), e.getMessage());
      group.forEach(waiting -> waiting.row().completeExceptionally(e));
    }
  }
}

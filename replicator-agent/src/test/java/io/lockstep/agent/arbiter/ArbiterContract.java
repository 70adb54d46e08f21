package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every arbiter that keeps a record must do. */
abstract class ArbiterContract {
  static final UUID A = new UUID(0, 1);
  static final UUID B = new UUID(0, 2);
  static final Generation G = new Generation(3, 4);

  /** Another node's way to the same record. */
  abstract Arbiter open() throws Exception;

  static InSyncRecord record(long view, UUID primary) {
    return new InSyncRecord(view, G, primary, Set.of(A, B), 0);
  }

  static InSyncRecord current(Arbiter arbiter) {
    Arbiter.Reading reading = arbiter.read();
    assertThat(reading).isInstanceOf(Arbiter.Reading.Current.class);
    return ((Arbiter.Reading.Current) reading).record();
  }

  static InSyncRecord changed(Arbiter.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Arbiter.Outcome.Changed.class);
    return ((Arbiter.Outcome.Changed) outcome).record();
  }

  @Test
  void everyNodeReadsWhatTheLastOneWrote() throws Exception {
    try (Arbiter a = open();
        Arbiter b = open()) {
      assertThat(current(a)).isEqualTo(InSyncRecord.NONE);
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      assertThat(current(b)).isEqualTo(first);
      InSyncRecord second = changed(b.compareAndSwap(first, record(2, B)));
      assertThat(current(a)).isEqualTo(second);
      assertThat(second.inSync()).containsExactlyInAnyOrder(A, B);
      assertThat(second.generation()).isEqualTo(G);
    }
  }

  @Test
  void staleExpectationIsAConflictAndChangesNothing() throws Exception {
    try (Arbiter a = open();
        Arbiter b = open()) {
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      InSyncRecord second = changed(b.compareAndSwap(first, record(2, B)));
      assertThat(a.compareAndSwap(first, record(3, A)))
          .isEqualTo(new Arbiter.Outcome.Conflict(second));
      assertThat(a.compareAndSwap(InSyncRecord.NONE, record(3, A)))
          .isEqualTo(new Arbiter.Outcome.Conflict(second));
      assertThat(current(a)).isEqualTo(second);
    }
  }

  /** Of many that change the same record at once one wins, every time. */
  @Test
  void ofManyAtOnceOneWins() throws Exception {
    int nodes = 4;
    ExecutorService pool = Executors.newFixedThreadPool(nodes);
    List<Arbiter> all = new ArrayList<>();
    try {
      for (int i = 0; i < nodes; i++) {
        all.add(open());
      }
      InSyncRecord expected = InSyncRecord.NONE;
      for (int round = 1; round <= 15; round++) {
        CyclicBarrier together = new CyclicBarrier(nodes);
        InSyncRecord from = expected;
        List<Future<Arbiter.Outcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
          Arbiter arbiter = all.get(i);
          InSyncRecord wanted = record(round, new UUID(round, i));
          outcomes.add(
              pool.submit(
                  () -> {
                    together.await();
                    return arbiter.compareAndSwap(from, wanted);
                  }));
        }
        int won = 0;
        for (Future<Arbiter.Outcome> outcome : outcomes) {
          won += outcome.get() instanceof Arbiter.Outcome.Changed ? 1 : 0;
        }
        assertThat(won).isEqualTo(1);
        expected = current(all.get(0));
        assertThat(expected.view()).isEqualTo(round);
      }
    } finally {
      pool.shutdownNow();
      for (Arbiter arbiter : all) {
        arbiter.close();
      }
    }
  }
}

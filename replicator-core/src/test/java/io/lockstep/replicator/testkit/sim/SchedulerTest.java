package io.lockstep.replicator.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Execution.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The scheduler: one seed, one order; and whatever hangs is told. */
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // the locks are what is tested
class SchedulerTest {
  private static final Scheduler.Chances SOME = new Scheduler.Chances(200, 20, 1_000_000);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private Carriers carriers = new Carriers();

  private Scheduler world(long seed, BiConsumer<Scheduler, Execution> body) {
    return world(seed, 20_000, body);
  }

  private Scheduler world(long seed, long stuckAfterMs, BiConsumer<Scheduler, Execution> body) {
    Scheduler scheduler = new Scheduler(seed, carriers, new Trace(true), SOME, stuckAfterMs);
    Execution execution = new SimExecution(scheduler, scheduler.world());
    scheduler.run(() -> body.accept(scheduler, execution));
    return scheduler;
  }

  private static void join(Task task) {
    try {
      assertThat(task.join(0)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void sleep(Execution execution, long ns) {
    try {
      execution.sleepNs(ns);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Workers that contend for a lock, wait and sleep; returns the order in which they got it. */
  private List<String> contention(long seed, long[] hash) {
    List<String> order = new ArrayList<>();
    Scheduler scheduler =
        world(
            seed,
            (s, execution) -> {
              ReentrantLock lock = execution.lock();
              List<Task> tasks = new ArrayList<>();
              for (int i = 0; i < 5; i++) {
                String name = "t" + i;
                tasks.add(
                    execution.task(
                        name,
                        () -> {
                          for (int round = 0; round < 20; round++) {
                            lock.lock();
                            try {
                              order.add(name);
                              s.yieldPoint();
                            } finally {
                              lock.unlock();
                            }
                            sleep(
                                execution,
                                1 + execution.randomUuid().getLeastSignificantBits() & 0xFF);
                          }
                        }));
              }
              tasks.forEach(Task::start);
              tasks.forEach(SchedulerTest::join);
            });
    hash[0] = scheduler.trace().hash();
    return order;
  }

  @Test
  void oneSeedGivesOneOrderAndAnotherSeedAnother() {
    long[] first = new long[1];
    long[] again = new long[1];
    long[] other = new long[1];
    List<String> order = contention(7, first);
    assertThat(contention(7, again)).isEqualTo(order).hasSize(100);
    assertThat(again[0]).isEqualTo(first[0]);
    assertThat(contention(8, other)).isNotEqualTo(order);
    assertThat(other[0]).isNotEqualTo(first[0]);
  }

  /** Where the JDK has no stacks that can be put aside, all tests run on threads anyway. */
  @Test
  void aRunIsTheSameOnStacksAsOnThreads() {
    assumeTrue(Continuations.AVAILABLE);
    for (long seed = 1; seed <= 20; seed++) {
      long[] onStacks = new long[1];
      long[] onThreads = new long[1];
      carriers = new Carriers(true);
      List<String> order = contention(seed, onStacks);
      carriers = new Carriers(false);
      assertThat(contention(seed, onThreads)).isEqualTo(order);
      assertThat(onThreads[0]).isEqualTo(onStacks[0]);
    }
  }

  @Test
  void timeLeapsToTheNextEvent() {
    long started = System.nanoTime();
    Scheduler scheduler =
        world(
            1,
            (s, execution) -> {
              long before = execution.nanoTime();
              sleep(execution, 3_600 * SECOND);
              assertThat(execution.nanoTime() - before).isGreaterThanOrEqualTo(3_600 * SECOND);
            });
    assertThat(scheduler.nowNs()).isBetween(3_600 * SECOND, 3_601 * SECOND);
    assertThat(System.nanoTime() - started).isLessThan(60 * SECOND);
  }

  @Test
  void aLockIsHeldByOneAndAConditionWakesItsWaiter() {
    List<String> seen = new ArrayList<>();
    world(
        3,
        (s, execution) -> {
          ReentrantLock lock = execution.lock();
          Condition filled = lock.newCondition();
          List<Integer> queue = new ArrayList<>();
          Task taker =
              execution.task(
                  "taker",
                  () -> {
                    for (int i = 0; i < 100; i++) {
                      lock.lock();
                      try {
                        while (queue.isEmpty()) {
                          filled.awaitUninterruptibly();
                        }
                        seen.add("got " + queue.remove(0));
                      } finally {
                        lock.unlock();
                      }
                    }
                  });
          taker.start();
          for (int i = 0; i < 100; i++) {
            lock.lock();
            try {
              queue.add(i);
              filled.signal();
            } finally {
              lock.unlock();
            }
          }
          join(taker);
        });
    assertThat(seen).hasSize(100).startsWith("got 0", "got 1").endsWith("got 99");
  }

  @Test
  void aWaitEndsWithItsTimeAndWithAnInterrupt() {
    List<String> seen = new ArrayList<>();
    world(
        4,
        (s, execution) -> {
          ReentrantLock lock = execution.lock();
          Condition never = lock.newCondition();
          Task waiter =
              execution.task(
                  "waiter",
                  () -> {
                    lock.lock();
                    try {
                      long left = never.awaitNanos(5 * SECOND);
                      seen.add(left <= 0 ? "time" : "early");
                      never.await();
                    } catch (InterruptedException e) {
                      seen.add("interrupt " + lock.isHeldByCurrentThread());
                    } finally {
                      lock.unlock();
                    }
                  });
          waiter.start();
          sleep(execution, 10 * SECOND);
          waiter.interrupt();
          join(waiter);
        });
    assertThat(seen).containsExactly("time", "interrupt true");
  }

  @Test
  void readersShareAndAWriterIsAlone() {
    int[] most = new int[1];
    world(
        5,
        (s, execution) -> {
          ReentrantReadWriteLock lock = execution.readWriteLock(true);
          int[] inside = new int[1];
          List<Task> tasks = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            tasks.add(
                execution.task(
                    "reader" + i,
                    () -> {
                      for (int round = 0; round < 50; round++) {
                        lock.readLock().lock();
                        inside[0]++;
                        most[0] = Math.max(most[0], inside[0]);
                        s.yieldPoint();
                        inside[0]--;
                        lock.readLock().unlock();
                      }
                    }));
          }
          tasks.add(
              execution.task(
                  "writer",
                  () -> {
                    for (int round = 0; round < 50; round++) {
                      lock.writeLock().lock();
                      assertThat(inside[0]).isZero();
                      s.yieldPoint();
                      assertThat(inside[0]).isZero();
                      lock.writeLock().unlock();
                    }
                  }));
          tasks.forEach(Task::start);
          tasks.forEach(SchedulerTest::join);
        });
    assertThat(most[0]).isGreaterThan(1);
  }

  @Test
  void twoLocksTakenInTwoOrdersAreFoundToBeADeadlock() {
    assertThatThrownBy(
            () -> {
              for (int seed = 0; seed < 200; seed++) {
                world(seed, SchedulerTest::crosswise);
              }
            })
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("deadlock of [world/")
        .hasMessageContaining("SchedulerTest.both");
  }

  private static void crosswise(Scheduler scheduler, Execution execution) {
    ReentrantLock one = execution.lock();
    ReentrantLock two = execution.lock();
    Task forth = execution.task("forth", () -> both(one, two));
    Task back = execution.task("back", () -> both(two, one));
    forth.start();
    back.start();
    join(forth);
    join(back);
  }

  private static void both(ReentrantLock first, ReentrantLock second) {
    first.lock();
    second.lock();
    second.unlock();
    first.unlock();
  }

  @Test
  void aLostWakeUpIsFound() {
    assertThatThrownBy(
            () ->
                world(
                    1,
                    (s, execution) -> {
                      ReentrantLock lock = execution.lock();
                      Condition never = lock.newCondition();
                      lock.lock();
                      never.awaitUninterruptibly();
                    }))
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("every thread waits for another")
        .hasMessageContaining("world/main BLOCKED on a condition")
        .hasMessageContaining("aLostWakeUpIsFound");
  }

  @Test
  void aThreadThatBlocksOutsideTheSeamIsFound() {
    Object monitor = new Object();
    assertThatThrownBy(
            () ->
                world(
                    1,
                    200,
                    (s, execution) -> {
                      synchronized (monitor) {
                        Task other =
                            execution.task(
                                "other",
                                () -> {
                                  synchronized (monitor) {
                                    s.tell("never");
                                  }
                                });
                        other.start();
                        join(other);
                      }
                    }))
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("thread world/other blocks outside the seam")
        .hasMessageContaining("aThreadThatBlocksOutsideTheSeamIsFound");
  }

  @Test
  void threadsThatRunInCirclesAreFound() {
    assertThatThrownBy(
            () ->
                new Scheduler(
                        1, carriers, new Trace(false), new Scheduler.Chances(1000, 0, 1), 20_000)
                    .run(
                        () -> {
                          throw new IllegalStateException("so that the next one is fresh");
                        }))
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("ended with java.lang.IllegalStateException");
    assertThatThrownBy(
            () -> {
              Scheduler scheduler =
                  new Scheduler(
                      1, carriers, new Trace(false), new Scheduler.Chances(1000, 0, 1), 20_000);
              SimExecution execution = new SimExecution(scheduler, scheduler.world());
              scheduler.run(
                  () -> {
                    boolean[] never = new boolean[1];
                    for (int i = 0; i < 2; i++) {
                      execution
                          .task(
                              "spinner",
                              () -> {
                                while (!never[0]) {
                                  scheduler.yieldPoint();
                                }
                              })
                          .start();
                    }
                    sleep(execution, SECOND);
                  });
            })
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("time stands still");
  }

  @Test
  void aKilledProcessEndsAtItsYieldPointsAndItsLocksHinderNobody() {
    List<String> seen = new ArrayList<>();
    world(
        6,
        (s, execution) -> {
          SimProcess victim = new SimProcess("victim", s.world().clock());
          SimExecution inside = new SimExecution(s, victim);
          ReentrantLock lock = inside.lock();
          Condition never = lock.newCondition();
          for (int i = 0; i < 3; i++) {
            inside
                .task(
                    "waiter" + i,
                    () -> {
                      lock.lock();
                      try {
                        while (true) {
                          never.awaitUninterruptibly();
                        }
                      } finally {
                        seen.add("unwound");
                        lock.unlock();
                      }
                    })
                .start();
          }
          inside
              .task(
                  "holder",
                  () -> {
                    while (true) {
                      lock.lock();
                      s.pause(1_000);
                      lock.unlock();
                    }
                  })
              .start();
          sleep(execution, SECOND);
          s.kill(victim);
          sleep(execution, SECOND);
          assertThat(seen).hasSize(3);
          assertThat(victim.threads).isEmpty();
          Task late = inside.task("late", () -> seen.add("ran"));
          late.start();
          assertThat(late.isAlive()).isFalse();
          assertThat(seen).doesNotContain("ran");
        });
  }

  @Test
  void aFrozenProcessStandsStillAndFindsItsTimersOverdue() {
    List<Long> ticks = new ArrayList<>();
    world(
        6,
        (s, execution) -> {
          SimProcess victim = new SimProcess("victim", s.world().clock());
          SimExecution inside = new SimExecution(s, victim);
          inside
              .task(
                  "ticker",
                  () -> {
                    while (true) {
                      sleep(inside, SECOND);
                      ticks.add(s.nowNs() / SECOND);
                    }
                  })
              .start();
          sleep(execution, 3 * SECOND + SECOND / 2);
          s.freeze(victim);
          sleep(execution, 60 * SECOND);
          s.thaw(victim);
          sleep(execution, 2 * SECOND);
        });
    assertThat(ticks).containsExactly(1L, 2L, 3L, 63L, 64L, 65L);
  }

  @Test
  void theWallClockJumpsAndTheOtherDoesNot() {
    world(
        1,
        (s, execution) -> {
          long wall = execution.wallTimeNs();
          long monotonic = execution.nanoTime();
          s.world().clock().jump(-3_600 * SECOND);
          assertThat(execution.wallTimeNs()).isEqualTo(wall - 3_600 * SECOND);
          assertThat(execution.nanoTime()).isEqualTo(monotonic);
        });
  }
}

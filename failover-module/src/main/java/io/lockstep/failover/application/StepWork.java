package io.lockstep.failover.application;

import io.lockstep.failover.application.ApplicationSpec.Step;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Does something to each step of an application, to those at the same time that do not wait for
 * each other, and returns when nothing of it is under way any more. What is alone at its moment is
 * done by the caller's own thread. One use.
 */
final class StepWork {
  /** What is done to a step, by any thread; fails with an exception. */
  interface Work {
    void on(Step step) throws IOException, InterruptedException;
  }

  /** Ends what is under way with a step, from outside; called again until it has ended. */
  interface Break {
    void end(Step step) throws IOException;
  }

  private static final long AGAIN_MS = 200;

  private final Execution execution;
  private final Map<String, Step> steps = new LinkedHashMap<>();
  private final Work work;
  private final Break breaking;
  private final Consumer<StepCourse> progress;

  /** Guards what follows; not held while anything is done to a step. */
  private final ReentrantLock lock;

  private final Condition changed;
  private StepCourse course;

  /** What the caller's thread has acted on. */
  private StepCourse seen;

  private Throwable failure;

  /**
   * Nothing is done before {@link #run}.
   *
   * @param after as in {@link StepCourse}
   * @param breaking for what is under way when a step fails, or the caller is interrupted
   * @param progress told of each change, quickly
   */
  StepWork(
      Execution execution,
      List<Step> steps,
      Map<String, List<String>> after,
      Work work,
      Break breaking,
      Consumer<StepCourse> progress) {
    this.execution = execution;
    steps.forEach(step -> this.steps.put(step.name(), step));
    this.work = work;
    this.breaking = breaking;
    this.progress = progress;
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.course = StepCourse.of(after);
  }

  /** By each step's name, in order, those that it is after. */
  static Map<String, List<String>> after(List<Step> steps) {
    Map<String, List<String>> after = new LinkedHashMap<>();
    steps.forEach(step -> after.put(step.name(), step.after()));
    return after;
  }

  /**
   * Does it.
   *
   * @throws IOException of the step that failed first; nothing begins after that
   */
  void run() throws IOException, InterruptedException {
    if (steps.size() == 1) {
      work.on(steps.values().iterator().next());
      return;
    }
    Optional<String> mine = begin();
    while (!over()) {
      if (mine.isPresent()) {
        perform(mine.get());
      } else {
        awaitChange().forEach(this::end);
      }
      mine = begin();
    }
    rethrow();
  }

  private boolean over() {
    lock.lock();
    try {
      return course.over();
    } finally {
      lock.unlock();
    }
  }

  /** Begins what can; gives back what the calling thread is to do. */
  private Optional<String> begin() {
    lock.lock();
    try {
      List<String> next = course.next();
      boolean alone = next.size() == 1 && course.running().isEmpty();
      next.forEach(name -> become(course.begun(name)));
      seen = course;
      if (alone) {
        return Optional.of(next.get(0));
      }
      next.forEach(this::start);
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held. A thread that cannot be had is a step that failed. */
  private void start(String name) {
    try {
      execution.task("step-" + name, () -> perform(name)).start();
    } catch (RuntimeException | Error e) {
      fail(e);
      become(course.ended(name, false));
    }
  }

  /** Whatever goes wrong, the others and who waits for them hear of the end. */
  private void perform(String name) {
    Throwable failed = null;
    try {
      work.on(steps.get(name));
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      failed = e;
    }
    lock.lock();
    try {
      fail(failed);
      become(course.ended(name, failed == null));
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held. */
  private void become(StepCourse next) {
    course = next;
    progress.accept(next);
    changed.signalAll();
  }

  /** With the lock held. */
  private void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    } else if (e != null) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Until a step has ended, or for a moment when one has failed; gives back those that are to be
   * ended.
   */
  private Set<String> awaitChange() {
    lock.lock();
    try {
      boolean patient = true;
      while (course.equals(seen) && patient) {
        if (failure == null) {
          changed.await();
        } else {
          patient = changed.await(AGAIN_MS, TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      // nothing goes on behind the back of whoever is told that this was interrupted
      fail(e);
      become(course.given());
    } finally {
      lock.unlock();
    }
    return left();
  }

  private Set<String> left() {
    lock.lock();
    try {
      return failure == null ? Set.of() : course.running();
    } finally {
      lock.unlock();
    }
  }

  private void end(String name) {
    try {
      breaking.end(steps.get(name));
    } catch (IOException e) {
      lock.lock();
      try {
        fail(e);
      } finally {
        lock.unlock();
      }
    }
  }

  private void rethrow() throws IOException, InterruptedException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof InterruptedException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }
}

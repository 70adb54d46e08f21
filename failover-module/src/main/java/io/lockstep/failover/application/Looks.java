package io.lockstep.failover.application;

import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Lets each checker that is no command look on a thread of its own, one look at a time: a probe
 * that hangs keeps no other from its interval. Safe for any thread.
 */
final class Looks {
  private final Execution execution;
  private final Prober prober;
  private final Consumer<SupervisionInput> answers;
  private final Map<String, Execution.Task> running = new HashMap<>();
  private int epoch;

  /** Answers are handed to {@code answers} on the looks' threads. */
  Looks(Execution execution, Prober prober, Consumer<SupervisionInput> answers) {
    this.execution = execution;
    this.prober = prober;
    this.answers = answers;
  }

  /** Begins a look, which is answered; not before the last one of that checker has ended. */
  void begin(int index, int look, Checker checker) {
    boolean hangs;
    synchronized (this) {
      Execution.Task before = running.get(checker.name());
      hangs = before != null && before.isAlive();
      if (!hangs) {
        int mine = epoch;
        Execution.Task task =
            execution.task(
                "checker-" + checker.name(), () -> answer(mine, look(index, look, checker)));
        running.put(checker.name(), task);
        task.start();
      }
    }
    if (hangs) {
      String why = "the last look has not returned yet";
      answers.accept(new SupervisionInput.CheckFailed(index, look, why));
    }
  }

  /** What is under way is not answered any more. */
  synchronized void forget() {
    epoch++;
  }

  private void answer(int of, SupervisionInput answer) {
    boolean counts;
    synchronized (this) {
      counts = of == epoch;
    }
    if (counts) {
      answers.accept(answer);
    }
  }

  private SupervisionInput look(int index, int look, Checker checker) {
    try {
      Optional<String> problem = prober.probe(checker.probe(), checker.timeout());
      return problem.isEmpty()
          ? new SupervisionInput.CheckPassed(index, look)
          : new SupervisionInput.CheckFailed(index, look, problem.get());
    } catch (IOException e) {
      return new SupervisionInput.CheckFailed(index, look, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new SupervisionInput.CheckFailed(index, look, "interrupted");
    }
  }
}

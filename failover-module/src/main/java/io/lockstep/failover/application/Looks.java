package io.lockstep.failover.application;

import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets each checker that is no command look on a thread of its own, one look at a time: a probe
 * that hangs keeps no other from its interval. Safe for any thread.
 */
final class Looks {
  private final Execution execution;
  private final Prober prober;
  private final Consumer<SupervisionInput> answers;

  /** The checkers that look now, by name. */
  private final Set<String> running = new HashSet<>();

  private int epoch;

  /** Answers are handed to {@code answers} on the looks' threads. */
  Looks(Execution execution, Prober prober, Consumer<SupervisionInput> answers) {
    this.execution = execution;
    this.prober = prober;
    this.answers = answers;
  }

  /** Begins a look, which is answered; one that finds the last still under way has failed. */
  void begin(int index, int look, Checker checker) {
    int mine;
    boolean hangs;
    synchronized (this) {
      mine = epoch;
      hangs = !running.add(checker.name());
    }
    if (hangs) {
      String why = "the last look has not returned yet";
      answers.accept(new SupervisionInput.CheckFailed(index, look, why));
      return;
    }
    execution
        .task(
            "checker-" + checker.name(),
            () -> answer(mine, checker.name(), look(index, look, checker)))
        .start();
  }

  /** What is under way is not answered any more. */
  synchronized void forget() {
    epoch++;
  }

  /** The look is over before its answer is known: the next one may begin with that. */
  private void answer(int of, String name, SupervisionInput answer) {
    boolean counts;
    synchronized (this) {
      running.remove(name);
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
    } catch (IOException | RuntimeException e) {
      return new SupervisionInput.CheckFailed(index, look, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new SupervisionInput.CheckFailed(index, look, "interrupted");
    }
  }
}

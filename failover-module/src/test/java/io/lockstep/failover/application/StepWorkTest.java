package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.Execution;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to the steps that go together when something goes wrong with one. */
@Timeout(20)
class StepWorkTest {
  private static final Duration ENOUGH = Duration.ofSeconds(5);

  private static ApplicationSpec.Step step(String name) {
    return new ApplicationSpec.Step(
        name,
        List.of(),
        new ApplicationSpec.Start("true", ENOUGH),
        new ApplicationSpec.Stop("true", ENOUGH, true),
        Optional.empty(),
        Optional.empty());
  }

  private static StepWork work(Execution execution, StepWork.Work work) {
    Map<String, List<String>> after = Map.of("db", List.of(), "cache", List.of());
    List<ApplicationSpec.Step> steps = List.of(step("db"), step("cache"));
    return new StepWork(execution, steps, after, work, broken -> {}, course -> {});
  }

  @Test
  void whoWaitsHearsOfAnErrorInAStepsThread() {
    StepWork work =
        work(
            new SystemExecution(),
            step -> {
              if (step.name().equals("db")) {
                throw new OutOfMemoryError("unable to create native thread");
              }
            });
    assertThatThrownBy(work::run).isInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void aThreadThatCannotBeHadIsAStepThatFailed() {
    AtomicInteger done = new AtomicInteger();
    StepWork work =
        work(
            new SystemExecution() {
              @Override
              public Task task(String name, Runnable body) {
                if (name.equals("step-cache")) {
                  throw new OutOfMemoryError("unable to create native thread");
                }
                return super.task(name, body);
              }
            },
            step -> done.incrementAndGet());
    assertThatThrownBy(work::run).isInstanceOf(OutOfMemoryError.class);
    assertThat(done).as("the other one ended before run returned").hasValue(1);
  }
}

package io.lockstep.simulator;

import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.Checker;
import java.util.List;
import java.util.function.UnaryOperator;

/** Deliberate faults of what the supervision goes by. */
final class CheckerMutations {
  private CheckerMutations() {}

  /** The supervision goes by that instead. */
  static Mutation of(String name, String rule, UnaryOperator<ApplicationSpec> instead) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          ApplicationSpec specification(ApplicationSpec spec) {
            return instead.apply(spec);
          }
        });
  }

  /** One failure is enough. */
  static ApplicationSpec trippingAtOnce(ApplicationSpec spec) {
    return with(
        spec,
        spec.restarts(),
        spec.checkers().stream()
            .map(c -> new Checker(c.name(), c.probe(), c.every(), c.timeout(), 1, c.action()))
            .toList());
  }

  /** There is always one more restart. */
  static ApplicationSpec withoutBudget(ApplicationSpec spec) {
    ApplicationSpec.Restarts restarts = spec.restarts();
    return with(
        spec,
        new ApplicationSpec.Restarts(Integer.MAX_VALUE, restarts.within(), restarts.then()),
        spec.checkers());
  }

  /** What it has to wait for is not looked at. */
  static ApplicationSpec waitingForNothing(ApplicationSpec spec) {
    return with(
        spec,
        spec.restarts(),
        spec.checkers().stream().filter(c -> c.action() != Checker.Action.WAIT).toList());
  }

  private static ApplicationSpec with(
      ApplicationSpec spec, ApplicationSpec.Restarts restarts, List<Checker> checkers) {
    return new ApplicationSpec(
        spec.name(), spec.steps(), spec.check(), restarts, spec.environment(), checkers);
  }
}

package io.lockstep.agent.preflight;

import io.lockstep.agent.configuration.ApplicationConfiguration;
import io.lockstep.agent.configuration.ApplicationConfiguration.Step;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.failover.application.Systemctl;
import io.lockstep.failover.application.Unit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether systemd runs on this machine and has the units that applications are to be. */
final class UnitCheck {
  private final String node;

  UnitCheck(String node) {
    this.node = node;
  }

  List<String> problems(ClusterConfiguration next) {
    List<String> problems = new ArrayList<>();
    next.modules()
        .forEach(
            (name, module) ->
                module
                    .application()
                    .filter(a -> a.systemctl().isPresent())
                    .ifPresent(a -> look(next, "modules." + name + ".application", a, problems)));
    return problems;
  }

  private void look(
      ClusterConfiguration next,
      String key,
      ApplicationConfiguration application,
      List<String> problems) {
    Duration answer = next.timing().systemctl();
    Path systemctl = application.systemctl().orElseThrow().of(node);
    List<Step> steps = application.allSteps();
    for (int i = 0; i < steps.size(); i++) {
      String at = key + (application.steps().isEmpty() ? "" : ".steps[" + i + "]") + ".unit: ";
      steps
          .get(i)
          .unit()
          .ifPresent(
              unit ->
                  problem(new Unit(systemctl.toString(), unit, answer)).stream()
                      .map(at::concat)
                      .forEach(problems::add));
    }
  }

  private static List<String> problem(Unit unit) {
    try {
      return Systemctl.show(unit).hindrances(unit.name());
    } catch (IOException e) {
      return List.of("systemd does not answer on this machine: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of("interrupted while systemd was asked");
    }
  }
}

package io.lockstep.agent.configuration;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that is not accepted, with every problem in it. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigurationProblem> problems;

  /**
   * @param source the file's name, for the message
   * @param problems at least one, in the order of the file
   */
  public ConfigurationException(String source, List<ConfigurationProblem> problems) {
    super(message(source, problems));
    this.problems = List.copyOf(problems);
  }

  /** Everything that is wrong, in the order of the file. */
  public List<ConfigurationProblem> problems() {
    return problems;
  }

  private static String message(String source, List<ConfigurationProblem> problems) {
    return problems.stream()
        .map(problem -> source + ":" + (problem.line() > 0 ? "" : " ") + problem)
        .collect(Collectors.joining("\n"));
  }
}

package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.replay.Moment;
import io.lockstep.agent.why.Decision;
import io.lockstep.agent.why.DecisionLog;
import io.lockstep.agent.why.Explanation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Why the node is what it is, or was; from its own record, also while its agent does not run. */
@Command(
    name = "why",
    mixinStandardHelpOptions = true,
    description =
        "Tells what this node was at a moment, and the decisions that led to it, those not to do"
            + " something among them.")
final class WhyCommand implements Callable<Integer> {
  private static final int MOST = 10_000;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "The moment: 2026-11-26T14:03:07Z, or 14:03:07 for today (UTC). Without it: now.")
  private String at;

  @Option(
      names = "--decisions",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many decisions to tell, 1 to 10000 (default: ${DEFAULT-VALUE}).")
  private int most;

  private final Lockstep lockstep;

  WhyCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    if (most < 1 || most > MOST) {
      throw new CliException(
          ExitCodes.USAGE, "--decisions is " + most + "; allowed are 1 to " + MOST);
    }
    Instant moment = at == null ? Instant.now() : moment(at, LocalDate.now(ZoneOffset.UTC));
    ClusterConfiguration configuration = lockstep.configuration();
    String module = lockstep.module(configuration);
    String node = lockstep.node(configuration);
    Path directory = configuration.journal().directory().of(node).resolve(module);
    Explanation.of(node, read(directory), moment, most).forEach(lockstep.out()::println);
    doing(directory, moment).ifPresent(lockstep.out()::println);
    return ExitCodes.OK;
  }

  private static List<Decision> read(Path directory) {
    try {
      return DecisionLog.read(directory);
    } catch (IOException e) {
      throw new CliException(ExitCodes.FAILED, "cannot read what was decided: " + e.getMessage());
    }
  }

  /** What it waited for, where nothing that was decided tells. */
  private static Optional<String> doing(Path directory, Instant moment) {
    try {
      return Moment.of(directory, moment);
    } catch (IOException e) {
      throw new CliException(ExitCodes.FAILED, "cannot read what was recorded: " + e.getMessage());
    }
  }

  /** A whole time, or one of the day of {@code today}. */
  static Instant moment(String text, LocalDate today) {
    try {
      return text.contains("T")
          ? Instant.parse(text)
          : LocalTime.parse(text).atDate(today).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new CliException(
          ExitCodes.USAGE,
          "--at is '" + text + "'; allowed are 2026-11-26T14:03:07Z and 14:03:07 (UTC)");
    }
  }
}

package io.lockstep.demo;

import io.lockstep.demo.auto.Scenarios;
import io.lockstep.demo.cluster.Application;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What was asked for on the command line; {@code ./demo --help} prints the descriptions. */
@Command(
    name = "./demo",
    sortOptions = false,
    description = {
      "A whole Lockstep cluster on this machine: two nodes in network namespaces of their own, a "
          + "virtual address, and a dispatch desk that logs emergency calls while you break things.",
      ""
    },
    footer = {
      "",
      "Without options the cluster stays up, with a cheat sheet of things to break, until Ctrl-C.",
      "Needs root. Everything is removed at the end; leftovers of a killed run at the next start.",
      "Exit codes: 0 good, 1 something was lost, missed or not reached, 2 wrong usage or set-up."
    })
final class Options {
  @Option(
      names = "--auto",
      description = "Play the whole story alone, print a table, and fail on any loss.")
  boolean auto;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "With --auto: seed of the random moments (default: a new one, printed).")
  Long seed;

  @Option(
      names = "--calls",
      paramLabel = "N",
      description = "With --auto: acknowledged calls in each scenario (default: ${DEFAULT-VALUE}).")
  int calls = 2000;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description =
          "With --auto: instead of the story, enter N rows through takeovers of six causes, with "
              + "many callers at once; times are noted, not held to their bounds.")
  Integer rows;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "With --auto: play this scenario only; may be repeated.")
  List<String> scenarios = List.of();

  @Option(
      names = "--hold",
      description = "No application: hold the pair on two given directories until interrupted.")
  boolean hold;

  @Option(
      names = "--dir-a",
      paramLabel = "A",
      description = "With --hold: the first node's directory; its content is the initial data.")
  Path directoryA;

  @Option(
      names = "--dir-b",
      paramLabel = "B",
      description = "With --hold: the second node's directory; empty.")
  Path directoryB;

  @Option(
      names = "--json",
      arity = "0..1",
      paramLabel = "FILE",
      fallbackValue = "-",
      description =
          "With --hold: print the nodes as one line of JSON once PROTECTED. With --auto: write the "
              + "result to FILE as well.")
  String json;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML whose keys win over the demo's, e.g. timing: {takeoverAfter: 30s}.")
  Path config;

  @Option(
      names = "--app",
      paramLabel = "sqlite|postgresql",
      converter = KindConverter.class,
      description = "What keeps the desk's calls (default: sqlite).")
  Application.Kind app = Application.Kind.SQLITE;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this and exit.")
  boolean help;

  /** What is wrong with the combination of options; empty if nothing is. */
  Optional<String> problem() {
    if (auto && hold) {
      return Optional.of("--auto and --hold exclude each other");
    }
    if (hold != (directoryA != null) || hold != (directoryB != null)) {
      return Optional.of("--hold, --dir-a and --dir-b belong together");
    }
    if (seed != null && !auto) {
      return Optional.of("--seed belongs to --auto");
    }
    if (!scenarios.isEmpty() && !auto) {
      return Optional.of("--scenario belongs to --auto");
    }
    if (rows != null && (!auto || rows < 1)) {
      return Optional.of("--rows belongs to --auto and must be at least 1");
    }
    if (!Scenarios.ALL.containsAll(scenarios)) {
      return Optional.of("the scenarios are: " + String.join(", ", Scenarios.ALL));
    }
    if (json != null && auto == hold) {
      return Optional.of("--json belongs to --auto or --hold");
    }
    if (auto && "-".equals(json)) {
      return Optional.of("--auto --json needs the name of a file");
    }
    return calls < 1 ? Optional.of("--calls must be at least 1") : Optional.empty();
  }

  /** The scenarios to play, in their order. */
  List<String> played() {
    List<String> wanted =
        !scenarios.isEmpty() ? scenarios : rows != null ? Scenarios.CAUSES : Scenarios.NAMES;
    return Scenarios.ALL.stream().filter(wanted::contains).toList();
  }

  /** Acknowledged calls in each scenario. */
  int callsPerScenario() {
    return rows == null ? calls : (rows + played().size() - 1) / played().size();
  }

  /** Callers for each that calls on IPv6. */
  int callersOfEach() {
    return rows == null ? 1 : 8;
  }

  /** Reads the kinds as they are written on the command line. */
  static final class KindConverter implements ITypeConverter<Application.Kind> {
    @Override
    public Application.Kind convert(String value) {
      return Application.Kind.valueOf(value.toUpperCase(Locale.ROOT));
    }
  }
}

package io.lockstep.agent.cli;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationException;
import io.lockstep.agent.replay.ConfiguredTimes;
import io.lockstep.agent.replay.Recording;
import io.lockstep.agent.replay.ReplayReport;
import io.lockstep.failover.replay.Session;
import io.lockstep.failover.role.RoleSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the role machine would have decided under another configuration; needs no agent. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description =
        "Gives what a node's role machine was given, as it was recorded, to the machine again, and"
            + " tells what would have been different under another configuration. Nothing is changed"
            + " and no agent is asked.",
    footer = {
      "",
      "A module's recordings on a node are <journal.directory>/MODULE/recording, recording.1, ...",
      "(the newest first). Without --with the recorded decisions are told, and whether this version",
      "decides the same. Of the configuration count timing.heartbeat, timing.takeoverAfter,",
      "timing.ackTimeout, whether there is an arbiter, and the module's preferred node and",
      "failbackAfter."
    })
final class ReplayCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FILE", description = "The recording.")
  private Path file;

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "The configuration under which it is replayed.")
  private Path with;

  private final Lockstep lockstep;

  ReplayCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    Recording recording = read();
    ClusterConfiguration other = with == null ? null : configuration();
    for (String problem : recording.problems()) {
      lockstep.out().println(file + ": " + problem);
    }
    if (recording.sessions().isEmpty()) {
      throw new CliException(
          ExitCodes.FAILED, file + " holds nothing that can be replayed: is it a recording?");
    }
    for (Session session : recording.sessions()) {
      (other == null
              ? ReplayReport.of(session)
              : ReplayReport.of(session, settings(other, session)))
          .forEach(lockstep.out()::println);
    }
    return ExitCodes.OK;
  }

  private Recording read() {
    if (!Files.isRegularFile(file)) {
      throw new CliException(ExitCodes.USAGE, "there is no file " + file);
    }
    try {
      return Recording.read(file);
    } catch (IOException e) {
      throw new CliException(ExitCodes.FAILED, "cannot read " + file + ": " + e.getMessage());
    }
  }

  private ClusterConfiguration configuration() {
    try {
      return ClusterConfiguration.load(with);
    } catch (ConfigurationException e) {
      throw new CliException(
          ExitCodes.USAGE,
          e.problems().size() + " problem(s) in the configuration:\n" + e.getMessage());
    }
  }

  private RoleSettings settings(ClusterConfiguration other, Session session) {
    String module = session.begin().module();
    String node = session.settings().node();
    if (!other.modules().containsKey(module)) {
      throw new CliException(
          ExitCodes.USAGE,
          "the recording is of module '%s', and %s has %s"
              .formatted(module, with, other.modules().keySet()));
    }
    if (!other.nodes().containsKey(node)
        || !other.peerOf(node).name().equals(session.settings().peer())) {
      throw new CliException(
          ExitCodes.USAGE,
          "the recording is of '%s' with its peer '%s', and %s has %s"
              .formatted(node, session.settings().peer(), with, other.nodes().keySet()));
    }
    return ConfiguredTimes.of(other, other.timing(), node, other.modules().get(module));
  }
}

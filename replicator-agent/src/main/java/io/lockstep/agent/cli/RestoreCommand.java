package io.lockstep.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.split.ContentChunk;
import io.lockstep.agent.split.PathText;
import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.agent.split.QuarantineMatch;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Placer;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Takes single files back from quarantine. It writes them itself, as any process would, through the
 * mount of the node that serves: so they are replicated as every write is, and nothing happens
 * behind the interceptor.
 */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description =
        "Takes files back from quarantine, in place of what is there now. Run on the node that"
            + " serves; the quarantine may be on either.")
final class RestoreCommand implements Callable<Integer> {
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Files as `split show` and the index have them: N:/PATH, or a path in the first"
              + " directory.")
  private List<String> files;

  @Option(
      names = "--from",
      paramLabel = "ID",
      defaultValue = "",
      description = "From that quarantine; without it the newest that has the file.")
  private String from;

  @Option(
      names = "--to",
      paramLabel = "PATH",
      description = "Write the one FILE to a new file of that name instead, anywhere.")
  private Path to;

  /** By where its content is: what may get more names, and stays open for that until the end. */
  private final Map<String, RestoredFile> linked = new HashMap<>();

  private final Lockstep lockstep;
  private ClusterConfiguration configuration;
  private String module;
  private String proof;
  private AgentClient client;

  RestoreCommand(Lockstep lockstep) {
    this.lockstep = lockstep;
  }

  @Override
  public Integer call() {
    if (to != null && (files.size() != 1 || !to.isAbsolute())) {
      throw new CliException(ExitCodes.USAGE, "--to takes an absolute path, and one FILE with it");
    }
    configuration = lockstep.configuration();
    module = lockstep.module(configuration);
    client = lockstep.client(configuration);
    proof = SplitCommands.proof(lockstep, configuration, module);
    if (to == null) {
      refuseElsewhere();
    }
    try {
      for (String file : new LinkedHashSet<>(files)) {
        lockstep.out().println(restore(file));
        lockstep.out().flush();
      }
    } finally {
      linked.values().forEach(RestoredFile::close);
    }
    return ExitCodes.OK;
  }

  private void refuseElsewhere() {
    String self = lockstep.node(configuration);
    for (JsonNode each : client.status().path("modules")) {
      if (each.path("module").asText().equals(module)) {
        for (JsonNode role : each.path("nodes")) {
          boolean serves = List.of("PRIMARY", "ALONE").contains(role.path("role").asText());
          if (serves && role.path("node").asText().equals(self)) {
            return;
          }
        }
      }
    }
    throw new CliException(
        ExitCodes.REFUSED,
        self
            + " does not serve module "
            + module
            + ": run this on the node that does, or write to another place with --to. Nothing was"
            + " changed.");
  }

  private String restore(String file) {
    TreePath path =
        PathText.path(file)
            .filter(p -> !p.isRoot())
            .orElseThrow(
                () -> new CliException(ExitCodes.USAGE, "'" + file + "' is no path in the module"));
    QuarantineMatch match = match(PathText.of(path));
    Optional<String> refusal = RestoredFile.refusal(match.entry());
    if (refusal.isPresent()) {
      throw new CliException(
          ExitCodes.REFUSED,
          PathText.of(path)
              + " is not taken back from "
              + match.head().id()
              + ": "
              + refusal.get());
    }
    try {
      return PathText.of(path) + " is taken back from " + from(match) + taken(path, match);
    } catch (IOException | IndexOutOfBoundsException e) {
      throw new CliException(
          ExitCodes.FAILED, PathText.of(path) + " was not taken back: " + e.getMessage());
    }
  }

  private static String from(QuarantineMatch match) {
    return match.head().id() + " on " + match.head().node();
  }

  /** Takes it back, and tells how; names of one file become names of one file again. */
  private String taken(TreePath path, QuarantineMatch match) throws IOException {
    QuarantineEntry was = match.entry();
    if (to != null || was.copy() == null || was.links() < 2) {
      try (RestoredFile restored = begun(path, was)) {
        return filled(path, match, restored);
      }
    }
    String file = path.directory() + ":" + from(match) + ":" + was.copy();
    RestoredFile same = linked.get(file);
    if (same != null) {
      same.alsoAt(path);
      return ", as another name of the same file.";
    }
    RestoredFile restored = begun(path, was);
    linked.put(file, restored);
    return ", one of its " + was.links() + " names" + filled(path, match, restored);
  }

  private String filled(TreePath path, QuarantineMatch match, RestoredFile restored)
      throws IOException {
    if (match.entry().copy() != null) {
      content(match, PathText.of(path), restored);
    }
    List<String> without = restored.finish();
    return (to == null ? "" : " to " + to)
        + (without.isEmpty() ? "." : ", without its extended attributes " + without + ".");
  }

  private RestoredFile begun(TreePath path, QuarantineEntry was) throws IOException {
    Placer placer = Platform.here().placer();
    if (to != null) {
      return RestoredFile.at(placer, to, was);
    }
    List<Path> roots =
        configuration.modules().get(module).directoriesOn(lockstep.node(configuration));
    return RestoredFile.inTree(placer, roots.get(path.directory()), path, was);
  }

  private void content(QuarantineMatch match, String file, RestoredFile into) throws IOException {
    for (long at = 0; ; ) {
      ContentChunk chunk = chunk(match, file, at);
      byte[] bytes = chunk.bytes();
      into.write(bytes);
      at += bytes.length;
      if (at >= chunk.sizeBytes() || bytes.length == 0) {
        return;
      }
    }
  }

  private QuarantineMatch match(String file) {
    CommandResult found = client.module(module, "split-list", Map.of("file", file, "json", true));
    List<QuarantineMatch> all = read(found, new TypeReference<List<QuarantineMatch>>() {});
    return all.stream()
        .filter(m -> from.isEmpty() || m.head().id().equals(from))
        .max((a, b) -> Long.compare(a.head().madeMs(), b.head().madeMs()))
        .orElseThrow(
            () ->
                new CliException(
                    ExitCodes.REFUSED,
                    file
                        + " is in no quarantine"
                        + (from.isEmpty() ? "" : " " + from)
                        + " that can be reached: `lockstep split list`"));
  }

  private ContentChunk chunk(QuarantineMatch match, String file, long offset) {
    CommandResult part =
        client.module(
            module,
            "split-content",
            Map.of(
                "node",
                match.head().node(),
                "id",
                match.head().id(),
                "file",
                file,
                "offset",
                offset,
                "proof",
                proof));
    return read(part, new TypeReference<ContentChunk>() {});
  }

  private static <T> T read(CommandResult result, TypeReference<T> type) {
    if (!result.ok()) {
      throw new CliException(result.exitCode(), result.message());
    }
    try {
      return JSON.readValue(result.message(), type);
    } catch (JsonProcessingException e) {
      throw new CliException(ExitCodes.FAILED, "the agent's answer is not understood: " + e);
    }
  }
}

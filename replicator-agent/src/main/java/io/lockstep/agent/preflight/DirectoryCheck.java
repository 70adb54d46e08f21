package io.lockstep.agent.preflight;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.Platform.Cover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a node's replicated directories can be: they exist, are no mount that is dead or not
 * Lockstep's to take away, and, with symbolic links followed, none holds another or the agent's own
 * files. The configuration's own check compares names only.
 */
final class DirectoryCheck {
  private final Platform platform;
  private final String node;
  private final ClusterConfiguration running;

  /** {@code running} is null before the agent runs. */
  DirectoryCheck(Platform platform, String node, ClusterConfiguration running) {
    this.platform = platform;
    this.node = node;
    this.running = running;
  }

  List<String> problems(ClusterConfiguration next) {
    List<String> problems = new ArrayList<>();
    Map<String, Path> real = new LinkedHashMap<>();
    for (Map.Entry<String, ModuleConfiguration> module : next.modules().entrySet()) {
      List<Path> paths = module.getValue().directoriesOn(node);
      for (int i = 0; i < paths.size(); i++) {
        String key = "modules." + module.getKey() + ".directories[" + i + "].path";
        Path path = paths.get(i);
        boolean held = held(module.getKey(), path);
        Optional<String> problem = held ? Optional.empty() : usable(path);
        problem.ifPresent(text -> problems.add(key + ": " + text));
        if (problem.isEmpty()) {
          real.put(key, resolved(path));
        }
      }
    }
    nested(real, next, problems);
    return problems;
  }

  private boolean held(String module, Path path) {
    ModuleConfiguration before = running == null ? null : running.modules().get(module);
    return before != null && before.directoriesOn(node).contains(path);
  }

  private Optional<String> usable(Path path) {
    Cover cover;
    try {
      cover = platform.cover(path);
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    }
    if (cover == Cover.INTERCEPTED || cover == Cover.READ_ONLY_VIEW) {
      // a leftover that opening takes away, or another agent's, which opening refuses
      return running == null
          ? Optional.empty()
          : Optional.of(path + " is covered by a mount of Lockstep that is not this agent's");
    }
    return cover == Cover.FOREIGN ? foreign(path) : plain(path);
  }

  private Optional<String> foreign(Path path) {
    if (Files.isReadable(path) && Files.isDirectory(path)) {
      return plain(path);
    }
    return Optional.of(
        path
            + " is a mount that does not answer and is not Lockstep's (a dead FUSE or network mount):"
            + " see `findmnt "
            + path
            + "`, unmount it, and look what the directory below it holds");
  }

  private Optional<String> plain(Path path) {
    if (!Files.isDirectory(path)) {
      return Optional.of(
          Files.exists(path)
              ? path + " is not a directory"
              : path + " does not exist: create it, or correct the path");
    }
    try {
      platform.openStore(List.of(path)).close();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Without asking the directory itself, over which a dead mount may lie. */
  private static Path resolved(Path path) {
    try {
      Path parent = path.getParent();
      return Files.isSymbolicLink(path) || parent == null
          ? path.toRealPath()
          : parent.toRealPath().resolve(path.getFileName());
    } catch (IOException e) {
      return path;
    }
  }

  private void nested(Map<String, Path> real, ClusterConfiguration next, List<String> problems) {
    Map<String, Path> before = new LinkedHashMap<>();
    before.put("journal.directory", resolved(next.journal().directory().of(node)));
    real.forEach(
        (key, path) -> {
          before.forEach(
              (otherKey, other) -> {
                if (path.startsWith(other) || other.startsWith(path)) {
                  problems.add(
                      key
                          + ": on this machine it is "
                          + path
                          + ", and "
                          + otherKey
                          + " is "
                          + other
                          + ": neither may hold the other");
                }
              });
          before.put(key, path);
        });
  }
}

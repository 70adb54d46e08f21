package io.lockstep.agent.node;

import io.lockstep.agent.change.ModuleRemoval;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Gives up a module of this node. Any thread. */
final class Retirement implements ModuleRemoval.Node {
  private static final String MARK = ".removed";

  private final NodeRuntime node;
  private final Platform platform;

  Retirement(NodeRuntime node, Platform platform) {
    this.node = node;
    this.platform = platform;
  }

  /** What says, at the next start, that a module was removed here. */
  static Path mark(Path state, String module) {
    return state.resolve(module + MARK);
  }

  /** A module that is not in the configuration any more may be begun anew later. */
  static void forgetMarks(Path state, Set<String> configured) throws IOException {
    try (Stream<Path> marks = Files.list(state)) {
      for (Path mark : marks.filter(p -> p.toString().endsWith(MARK)).toList()) {
        String name = mark.getFileName().toString();
        if (!configured.contains(name.substring(0, name.length() - MARK.length()))) {
          Files.delete(mark);
        }
      }
    }
  }

  @Override
  public String name() {
    return node.node();
  }

  private Optional<ModuleRuntime> find(String module) {
    return node.modules().stream().filter(m -> m.context().name().equals(module)).findFirst();
  }

  @Override
  public boolean manages(String module) {
    return find(module).isPresent();
  }

  @Override
  public Optional<String> hindrance(String module) {
    return find(module).flatMap(m -> hindrance(m.state()));
  }

  /** By role and data state: what the files on this node, or on its peer, would lack. */
  static Optional<String> hindrance(RoleState state) {
    if (state.split() != null) {
      return Optional.of("the module is SPLIT: both nodes have files that the other lacks");
    }
    return switch (state.role()) {
      case ALONE, BLOCKED ->
          Optional.of(
              "it is served without a secondary: the other node's files lack what changed since");
      case TAKING_OVER, DEMOTING -> Optional.of("the module is changing nodes");
      case PRIMARY -> Optional.empty();
      case SECONDARY, WAITING, STOPPED ->
          state.dataState() == DataState.OUTDATED || state.dataState() == DataState.INCONSISTENT
              ? Optional.of("the copy is " + state.dataState() + ": its files are old or mixed")
              : Optional.empty();
    };
  }

  @Override
  public void stop(String module) {
    find(module).ifPresent(m -> m.post(new RoleInput.Stop("its removal")));
  }

  @Override
  public boolean stopped(String module) {
    return find(module).map(ModuleRuntime::state).map(Retirement::stopped).orElse(true);
  }

  private static boolean stopped(RoleState state) {
    return state.role() == Role.STOPPED && state.inFlight() == null && state.rest().isEmpty();
  }

  @Override
  public String giveUp(String module, boolean clean) throws IOException, InterruptedException {
    ModuleRuntime found = find(module).orElse(null);
    if (found == null) {
      return "it was removed here before.";
    }
    ModuleContext context = found.context();
    List<Path> directories = context.directories();
    Path state = context.stateDirectory();
    found.settle();
    // from here on a start must not take the files for those of a stranger
    Files.writeString(mark(node.stateDirectory(), module), "removed by `lockstep module remove`\n");
    node.retire(found);
    for (Path directory : directories) {
      platform.uncover(directory);
    }
    long marked = clean ? platform.forget(directories) : 0;
    boolean kept = discardState(state);
    return directories
        + (clean ? ", marks taken off " + marked + " files" : "")
        + (kept
            ? "; what a split left in quarantine stays in " + state.resolve(Quarantining.DIRECTORY)
            : "")
        + ".";
  }

  /** Everything but the quarantines; returns whether there are any. */
  private static boolean discardState(Path state) throws IOException {
    Path quarantines = state.resolve(Quarantining.DIRECTORY);
    try (Stream<Path> files = Files.walk(state)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        boolean keep =
            path.startsWith(quarantines) || path.equals(state) && Files.exists(quarantines);
        if (!keep) {
          Files.delete(path);
        }
      }
    }
    return Files.exists(quarantines);
  }
}

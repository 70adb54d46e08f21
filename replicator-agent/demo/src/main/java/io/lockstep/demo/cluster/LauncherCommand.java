package io.lockstep.demo.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the {@code lockstep} command is called on a node of this run.
 *
 * @param launcher the command's file
 * @param configuration the pair's configuration file
 */
public record LauncherCommand(Path launcher, Path configuration) {
  /** The words of {@code lockstep ARGUMENTS} on {@code node}. */
  public List<String> words(String node, String... arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(launcher.toString(), "--config", configuration.toString(), "--node", node));
    words.addAll(List.of(arguments));
    return words;
  }
}

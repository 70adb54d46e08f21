package io.lockstep.agent.configuration;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One protected application.
 *
 * @param preferred the node on which it runs when both could serve
 * @param failbackAfter how long the pair has to be protected before it goes there by itself; zero
 *     for never
 * @param directories at least one
 * @param application empty for a module that only replicates
 * @param checkers beside the application's check; none without an application
 */
public record ModuleConfiguration(
    String name,
    String preferred,
    Duration failbackAfter,
    List<Directory> directories,
    List<Address> addresses,
    Optional<ApplicationConfiguration> application,
    List<CheckerConfiguration> checkers) {

  /**
   * A replicated directory.
   *
   * @param exclude globs relative to it, of files that stay local
   */
  public record Directory(PerNode<Path> path, List<String> exclude) {
    /** Keeps an unmodifiable copy. */
    public Directory {
      exclude = List.copyOf(exclude);
    }
  }

  /**
   * A virtual address.
   *
   * @param networkInterface that carries it
   */
  public record Address(InetAddress ip, int prefix, PerNode<String> networkInterface) {}

  /** Keeps unmodifiable copies. */
  public ModuleConfiguration {
    directories = List.copyOf(directories);
    addresses = List.copyOf(addresses);
    checkers = List.copyOf(checkers);
  }

  /** The directories as they are on that node, in the order of the file. */
  public List<Path> directoriesOn(String node) {
    return directories.stream().map(directory -> directory.path().of(node)).toList();
  }
}

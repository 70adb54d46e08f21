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
 * @param drill how takeovers are rehearsed
 * @param directories at least one
 * @param application empty for a module that only replicates
 * @param checkers beside the application's check; none without an application
 */
public record ModuleConfiguration(
    String name,
    String preferred,
    Duration failbackAfter,
    Drill drill,
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
   * @param confirm how it is known that others find it; empty where nobody is asked
   */
  public record Address(
      InetAddress ip, int prefix, PerNode<String> networkInterface, Optional<Confirm> confirm) {}

  /**
   * How an outside host is asked whether it finds an address where it is.
   *
   * @param run a line for {@code /bin/sh -c}
   * @param atMost longest pause between two announcements while it does not
   * @param alertAfter when an operator is told
   */
  public record Confirm(String run, Duration timeout, Duration atMost, Duration alertAfter) {}

  /**
   * Rehearsals of a takeover.
   *
   * @param every interval of those that begin by themselves; zero for none
   * @param timeout longest time of one
   * @param space most bytes that the application may change in its directories
   */
  public record Drill(Duration every, Duration timeout, long space) {}

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

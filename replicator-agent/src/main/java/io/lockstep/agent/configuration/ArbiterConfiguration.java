package io.lockstep.agent.configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Which third opinion the cluster has; none of the three for {@code none}. */
public record ArbiterConfiguration(
    Optional<Etcd> etcd, Optional<FileShare> file, Optional<Command> command) {
  /** Nobody to ask. */
  public static final ArbiterConfiguration NONE =
      new ArbiterConfiguration(Optional.empty(), Optional.empty(), Optional.empty());

  /** etcd; the files for {@code https} may be left out. */
  public record Etcd(
      List<String> endpoints,
      String prefix,
      Duration timeout,
      PerNode<Path> caFile,
      PerNode<Path> certFile,
      PerNode<Path> keyFile) {}

  /** A directory on a third machine's share. */
  public record FileShare(PerNode<Path> directory, Duration timeout) {}

  /** A command that switches the peer's machine off. */
  public record Command(String run, Duration timeout, Duration delay) {}

  /** Whether there is nobody to ask. */
  public boolean none() {
    return etcd.isEmpty() && file.isEmpty() && command.isEmpty();
  }

  /** The word for it in the file. */
  public String word() {
    return none() ? "none" : etcd.isPresent() ? "etcd" : file.isPresent() ? "file" : "command";
  }
}

package io.lockstep.agent.configuration;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Something that is looked at again and again. Exactly one of {@code tcp} to {@code run} is there.
 *
 * @param name unique in its module
 * @param networkInterface empty where it is not about one
 * @param address whether it is about the module's virtual addresses
 * @param process {@code any}, or the name of a process of the application
 * @param unit of systemd's, one of the application's own
 * @param run a line for {@code /bin/sh -c}
 * @param failures in a row after which {@code then} follows
 */
public record CheckerConfiguration(
    String name,
    Optional<Endpoint> tcp,
    Optional<Http> http,
    Optional<InetAddress> ping,
    PerNode<String> networkInterface,
    boolean address,
    Optional<Space> space,
    Optional<String> process,
    Optional<String> unit,
    Optional<String> run,
    Duration every,
    Duration timeout,
    int failures,
    Then then) {

  /** What follows when it is not good. */
  public enum Then {
    RESTART,
    SWITCHOVER,
    STOP,
    WAIT
  }

  /**
   * An answer to GET.
   *
   * @param contains empty for any body
   */
  public record Http(String url, int status, String contains) {}

  /** Free bytes of the file system of a path. */
  public record Space(PerNode<Path> path, long free) {}
}

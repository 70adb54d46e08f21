package io.lockstep.agent.configuration;

import java.net.URI;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Reads {@code cluster.arbiter}. */
final class ArbiterReader {
  private static final String WORD = "arbiter";

  private ArbiterReader() {}

  static ArbiterConfiguration read(Section cluster, Collection<String> nodes) {
    if (!cluster.hasMap(WORD)) {
      cluster.text(Key.CLUSTER_ARBITER, "none"::equals);
      return ArbiterConfiguration.NONE;
    }
    Section arbiter = cluster.section(WORD);
    Optional<ArbiterConfiguration.Etcd> etcd =
        arbiter.has("etcd") ? Optional.of(etcd(arbiter.section("etcd"), nodes)) : Optional.empty();
    Optional<ArbiterConfiguration.FileShare> file =
        arbiter.has("file") ? Optional.of(file(arbiter.section("file"), nodes)) : Optional.empty();
    Optional<ArbiterConfiguration.Command> command =
        arbiter.has("command")
            ? Optional.of(command(arbiter.section("command")))
            : Optional.empty();
    long chosen = etcd.stream().count() + file.stream().count() + command.stream().count();
    if (chosen != 1) {
      arbiter.wrong(Key.CLUSTER_ARBITER, arbiter.at());
    }
    return new ArbiterConfiguration(etcd, file, command);
  }

  private static ArbiterConfiguration.Etcd etcd(Section etcd, Collection<String> nodes) {
    return new ArbiterConfiguration.Etcd(
        etcd.list(Key.ETCD_ENDPOINTS, ArbiterReader::url, Kind.URLS.allowed()),
        etcd.text(Key.ETCD_PREFIX, text -> text.matches("(/[A-Za-z0-9._-]+)+")),
        etcd.duration(Key.ETCD_TIMEOUT),
        optional(etcd, Key.ETCD_CA_FILE, nodes),
        optional(etcd, Key.ETCD_CERT_FILE, nodes),
        optional(etcd, Key.ETCD_KEY_FILE, nodes));
  }

  private static PerNode<Path> optional(Section section, Key key, Collection<String> nodes) {
    return section.has(key.word()) ? section.paths(key, nodes) : new PerNode<>(Map.of());
  }

  private static ArbiterConfiguration.FileShare file(Section file, Collection<String> nodes) {
    return new ArbiterConfiguration.FileShare(
        file.paths(Key.FILE_DIRECTORY, nodes), file.duration(Key.FILE_TIMEOUT));
  }

  private static ArbiterConfiguration.Command command(Section command) {
    return new ArbiterConfiguration.Command(
        command.text(Key.COMMAND_RUN, text -> true),
        command.duration(Key.COMMAND_TIMEOUT),
        command.duration(Key.COMMAND_DELAY));
  }

  private static Optional<String> url(String text) {
    try {
      URI uri = URI.create(text);
      boolean good =
          ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
              && uri.getHost() != null
              && uri.getPort() > 0
              && uri.getRawQuery() == null
              && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"));
      return good ? Optional.of(text) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}

package io.lockstep.agent.configuration;

import java.nio.file.FileSystems;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/** Turns the text of a configuration into records, or tells everything that is wrong with it. */
final class ConfigurationParser {
  private static final String INTERFACE = "[^/\\s:]{1,15}";

  private final String source;
  private final Problems problems = new Problems();
  private Collection<String> nodeNames = List.of();

  ConfigurationParser(String source) {
    this.source = source;
  }

  ClusterConfiguration parse(String text) throws ConfigurationException {
    Optional<ClusterConfiguration> read = YamlReader.read(text, problems).map(this::cluster);
    read.ifPresent(configuration -> new CrossChecks(configuration, problems).run());
    if (read.isEmpty() || !problems.none()) {
      throw new ConfigurationException(source, problems.inOrder());
    }
    return read.get();
  }

  private ClusterConfiguration cluster(YamlNode document) {
    Section root = Section.of("", "", document, problems);
    Map<String, NodeConfiguration> nodes = nodes(root);
    nodeNames = nodes.keySet();
    return new ClusterConfiguration(
        identity(root.section("cluster")),
        nodes,
        timing(root.section("timing")),
        journal(root.section("journal")),
        link(root.section("link")),
        replication(root.section("replication")),
        resync(root.section("resync")),
        split(root.section("split")),
        new ClusterConfiguration.Console(
            root.section("console").perNode(Key.CONSOLE_LISTEN, nodeNames, Units::endpoint)),
        logs(root.section("logs")),
        recorder(root.section("recorder")),
        modules(root),
        root.lists("groups", Key.GROUP));
  }

  private Map<String, NodeConfiguration> nodes(Section root) {
    Map<String, NodeConfiguration> nodes = new LinkedHashMap<>();
    root.named("nodes")
        .forEach(
            (name, section) ->
                nodes.put(
                    name,
                    new NodeConfiguration(
                        name,
                        section.endpoint(Key.NODE_LINK),
                        section.list(
                            Key.NODE_HEARTBEATS, Units::endpoint, Kind.ENDPOINT.allowed()))));
    return nodes;
  }

  private ClusterConfiguration.Cluster identity(Section cluster) {
    return new ClusterConfiguration.Cluster(
        cluster.text(Key.CLUSTER_NAME, name -> name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")),
        cluster.paths(Key.CLUSTER_KEY_FILE, nodeNames),
        ArbiterReader.read(cluster, nodeNames),
        cluster.list(Key.CLUSTER_WITNESSES, Units::endpoint, Kind.ENDPOINT.allowed()));
  }

  private ClusterConfiguration.Timing timing(Section timing) {
    return new ClusterConfiguration.Timing(
        timing.duration(Key.TIMING_HEARTBEAT),
        timing.duration(Key.TIMING_TAKEOVER_AFTER),
        timing.duration(Key.TIMING_ACK_TIMEOUT),
        timing.duration(Key.TIMING_SYNC_TIMEOUT),
        timing.duration(Key.TIMING_CHECKPOINT),
        timing.duration(Key.TIMING_FORCE_WITHIN),
        timing.duration(Key.TIMING_HUNG_AFTER),
        timing.duration(Key.TIMING_STOPPED_AFTER),
        timing.duration(Key.TIMING_ADDRESS_LIFETIME),
        timing.duration(Key.TIMING_SYSTEMCTL),
        timing.duration(Key.TIMING_UNITS_EVERY),
        timing.duration(Key.TIMING_GUARDIAN_WAIT));
  }

  private ClusterConfiguration.Journal journal(Section journal) {
    return new ClusterConfiguration.Journal(
        journal.paths(Key.JOURNAL_DIRECTORY, nodeNames),
        journal.size(Key.JOURNAL_SEGMENT_SIZE),
        journal.size(Key.JOURNAL_MAX_SIZE),
        journal.size(Key.JOURNAL_RESERVE),
        journal.size(Key.JOURNAL_MAX_LAG));
  }

  private ClusterConfiguration.Link link(Section link) {
    return new ClusterConfiguration.Link(
        link.duration(Key.LINK_SILENCE),
        (int) link.size(Key.LINK_MAX_FRAME),
        Duration.of(link.count(Key.LINK_ATTENTION), ChronoUnit.MICROS),
        link.choice(Key.LINK_PROCESSORS).equals("awake"));
  }

  private ClusterConfiguration.Replication replication(Section replication) {
    return new ClusterConfiguration.Replication(
        replication.count(Key.REPLICATION_HANDLERS),
        replication.choice(Key.REPLICATION_QUEUES).equals("auto"));
  }

  private ClusterConfiguration.Resync resync(Section resync) {
    return new ClusterConfiguration.Resync(
        resync.count(Key.RESYNC_MAX_ROUNDS),
        resync.size(Key.RESYNC_QUIESCE_BELOW),
        resync.duration(Key.RESYNC_QUIESCE_LIMIT));
  }

  private ClusterConfiguration.Split split(Section split) {
    Section quarantine = split.section("quarantine");
    String node =
        split.has(Key.SPLIT_NODE.word())
            ? split.text(Key.SPLIT_NODE, nodeNames::contains)
            : Key.SPLIT_NODE.defaultText();
    return new ClusterConfiguration.Split(
        split.choice(Key.SPLIT_POLICY),
        node == null ? "" : node,
        new ClusterConfiguration.Quarantine(
            quarantine.size(Key.QUARANTINE_QUOTA), quarantine.duration(Key.QUARANTINE_RETENTION)));
  }

  private ClusterConfiguration.Logs logs(Section logs) {
    return new ClusterConfiguration.Logs(
        logs.paths(Key.LOGS_DIRECTORY, nodeNames),
        logs.size(Key.LOGS_SIZE),
        logs.count(Key.LOGS_COUNT));
  }

  private ClusterConfiguration.Recorder recorder(Section recorder) {
    return new ClusterConfiguration.Recorder(
        recorder.size(Key.RECORDER_SIZE), recorder.count(Key.RECORDER_COUNT));
  }

  private Map<String, ModuleConfiguration> modules(Section root) {
    Map<String, ModuleConfiguration> modules = new LinkedHashMap<>();
    root.named("modules").forEach((name, section) -> modules.put(name, module(name, section)));
    return modules;
  }

  private ModuleConfiguration module(String name, Section module) {
    List<ModuleConfiguration.Directory> directories = new ArrayList<>();
    for (Section directory : module.items("directories", true)) {
      directories.add(
          new ModuleConfiguration.Directory(
              directory.paths(Key.DIRECTORY_PATH, nodeNames),
              directory.list(
                  Key.DIRECTORY_EXCLUDE, ConfigurationParser::glob, Kind.GLOBS.allowed())));
    }
    List<ModuleConfiguration.Address> addresses = new ArrayList<>();
    for (Section address : module.items("addresses", false)) {
      address(address).ifPresent(addresses::add);
    }
    Optional<ApplicationConfiguration> application =
        module.has("application")
            ? Optional.of(
                new ApplicationReader(nodeNames, problems).read(module.section("application")))
            : Optional.empty();
    return new ModuleConfiguration(
        name,
        preferred(module),
        module.duration(Key.MODULE_FAILBACK_AFTER),
        drill(module.section("drill")),
        directories,
        addresses,
        application,
        new CheckerReader(nodeNames, problems)
            .read(module, application.map(ApplicationConfiguration::units).orElse(List.of())));
  }

  private static ModuleConfiguration.Drill drill(Section drill) {
    return new ModuleConfiguration.Drill(
        drill.duration(Key.DRILL_EVERY),
        drill.duration(Key.DRILL_TIMEOUT),
        drill.size(Key.DRILL_SPACE));
  }

  private String preferred(Section module) {
    if (!module.has(Key.MODULE_PREFERRED.word())) {
      return nodeNames.stream().findFirst().orElse("");
    }
    String preferred = module.text(Key.MODULE_PREFERRED, nodeNames::contains);
    return preferred == null ? "" : preferred;
  }

  static Optional<String> interfaceName(String text) {
    return Optional.of(text).filter(name -> name.matches(INTERFACE));
  }

  private Optional<ModuleConfiguration.Address> address(Section section) {
    String text = section.text(Key.ADDRESS_IP, t -> ip(t).isPresent());
    PerNode<String> carrier =
        section.perNode(Key.ADDRESS_INTERFACE, nodeNames, ConfigurationParser::interfaceName);
    return Optional.ofNullable(text)
        .flatMap(ConfigurationParser::ip)
        .map(
            ip -> new ModuleConfiguration.Address(ip.ip(), ip.prefix(), carrier, confirm(section)));
  }

  private static Optional<ModuleConfiguration.Confirm> confirm(Section address) {
    if (!address.has("confirm")) {
      return Optional.empty();
    }
    Section confirm = address.section("confirm");
    String run = confirm.text(Key.CONFIRM_RUN, t -> true);
    Duration timeout = confirm.duration(Key.CONFIRM_TIMEOUT);
    Duration atMost = confirm.duration(Key.CONFIRM_AT_MOST);
    Duration alertAfter = confirm.duration(Key.CONFIRM_ALERT_AFTER);
    return run == null
        ? Optional.empty()
        : Optional.of(new ModuleConfiguration.Confirm(run, timeout, atMost, alertAfter));
  }

  private static Optional<ModuleConfiguration.Address> ip(String text) {
    int slash = text.indexOf('/');
    String prefix = text.substring(slash + 1);
    if (slash < 0 || !prefix.matches("\\d{1,3}")) {
      return Optional.empty();
    }
    int bits = Integer.parseInt(prefix);
    return Units.address(text.substring(0, slash))
        .filter(a -> bits >= 1 && bits <= a.getAddress().length * 8)
        .filter(a -> !a.isAnyLocalAddress() && !a.isLoopbackAddress() && !a.isMulticastAddress())
        .map(
            a ->
                new ModuleConfiguration.Address(
                    a, bits, new PerNode<>(Map.of()), Optional.empty()));
  }

  private static Optional<String> glob(String text) {
    boolean everything = text.isBlank() || text.equals("*") || text.equals("**");
    if (everything || text.startsWith("/") || List.of(text.split("/", -1)).contains("..")) {
      return Optional.empty();
    }
    try {
      FileSystems.getDefault().getPathMatcher("glob:" + text);
      return Optional.of(text);
    } catch (PatternSyntaxException e) {
      return Optional.empty();
    }
  }
}

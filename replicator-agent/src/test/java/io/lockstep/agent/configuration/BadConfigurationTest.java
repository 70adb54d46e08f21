package io.lockstep.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One change to a good configuration, and the line, key and words of the error that it must give.
 */
final class BadConfigurationTest {
  private static Arguments bad(String old, String now, int line, String key, String words) {
    return Arguments.of(old, now, line, key, words);
  }

  static Stream<Arguments> values() {
    return Stream.of(
        bad("name: dispatch", "name: 'dis patch'", 1, "cluster.name", "letters, digits"),
        bad("name: dispatch, ", "", 1, "cluster.name", "found nothing"),
        bad("name: dispatch", "name: dispatch, name: two", 1, "cluster.name", "second time"),
        bad("keyFile: /etc", "keyFile: etc", 1, "cluster.keyFile", "absolute path"),
        bad("keyFile: /etc", "keyFile: /etc/../x", 1, "cluster.keyFile", "without '.' and '..'"),
        bad("keyFile", "keyfile", 1, "cluster.keyfile", "did you mean 'keyFile'?"),
        bad("arbiter: none", "arbiter: etcd", 1, "cluster.arbiter", "'none'"),
        bad("arbiter: none", "arbiter: {}", 1, "cluster.arbiter", "one of the keys"),
        bad("arbiter: none", "arbiter: {zookeeper: x}", 1, "cluster.arbiter.zookeeper", "etcd"),
        bad(
            "arbiter: none",
            "arbiter: {etcd: {endpoints: []}}",
            1,
            "cluster.arbiter.etcd.endpoints",
            "empty list"),
        bad(
            "arbiter: none",
            "arbiter: {etcd: {endpoints: [10.0.1.9:2379]}}",
            1,
            "cluster.arbiter.etcd.endpoints[0]",
            "https://"),
        bad(
            "arbiter: none",
            "arbiter: {file: {}}",
            1,
            "cluster.arbiter.file.directory",
            "found nothing"),
        bad(
            "arbiter: none",
            "arbiter: {command: {run: x, timeout: 1}}",
            1,
            "cluster.arbiter.command.timeout",
            "with its unit"),
        bad(
            "arbiter: none",
            "arbiter: {command: {run: x}, file: {directory: /mnt}}",
            1,
            "cluster.arbiter",
            "one of the keys"),
        bad(
            "arbiter: none",
            "arbiter: none, witnesses: [host:22]",
            1,
            "cluster.witnesses[0]",
            "numeric address"),
        bad("10.0.1.1:7400", "10.0.1.1", 3, "nodes.desk-a.link", "a port"),
        bad("10.0.1.1:7400", "10.0.1.256:7400", 3, "nodes.desk-a.link", "numeric address"),
        bad("10.0.1.1:7400", "10.0.1.1:70000", 3, "nodes.desk-a.link", "found '10.0.1.1:70000'"),
        bad("10.0.1.1:7400", "fd00::1:7400", 3, "nodes.desk-a.link", "[fd00::1]:7400"),
        bad("10.0.1.1:7400", "0.0.0.0:7400", 3, "nodes.desk-a.link", "peer can reach"),
        bad("10.0.1.2:7400", "10.0.1.1:7400", 4, "nodes.desk-b.link", "not used by nodes.desk-a"),
        bad("link: 10.0.1.2:7400, ", "", 4, "nodes.desk-b.link", "found nothing"),
        bad(
            "[10.0.1.2:7401, 192.168.9.2:7401]",
            "10.0.1.2:7401",
            4,
            "nodes.desk-b.heartbeats",
            "a list"),
        bad(
            "[10.0.1.2:7401, 192.168.9.2:7401]",
            "[]",
            4,
            "nodes.desk-b.heartbeats",
            "an empty list"),
        bad(", 192.168.9.2:7401", "", 4, "nodes.desk-b.heartbeats", "paired by position"),
        bad(
            "192.168.9.2:7401",
            "\"[fd00::2]:7401\"",
            4,
            "nodes.desk-b.heartbeats[1]",
            "same family"),
        bad("192.168.9.2:7401", "10.0.1.2:7401", 4, "nodes.desk-b.heartbeats[1]", "not used by"),
        bad("192.168.9.2:7401", "[1, 2]", 4, "nodes.desk-b.heartbeats[1]", "found a list"),
        bad("  desk-b:", "  desk-a:", 4, "nodes.desk-a", "second time"),
        bad("  desk-b:", "  desk b:", 4, "nodes.desk b", "letters, digits"),
        bad("heartbeat: 1s", "heartbeat: 1", 5, "timing.heartbeat", "with its unit"),
        bad("heartbeat: 1s", "heartbeat: 1.5s", 5, "timing.heartbeat", "found '1.5s'"),
        bad("heartbeat: 1s", "heartbeat: 10ms", 5, "timing.heartbeat", "from 100ms to 10s"),
        bad("heartbeat: 1s", "heartbeat: [1s]", 5, "timing.heartbeat", "found a list"),
        bad("heartbeat: 1s", "heartbeat:", 5, "timing.heartbeat", "found nothing"),
        bad("heartbeat: 1s", "heartbeet: 1s", 5, "timing.heartbeet", "did you mean 'heartbeat'?"),
        bad(
            "takeoverAfter: 30s",
            "takeoverAfter: 2s, ackTimeot: 1s",
            5,
            "timing.ackTimeot",
            "did you mean 'ackTimeout'?"),
        bad(
            "takeoverAfter: 30s",
            "takeoverAfter: 2s",
            5,
            "timing.takeoverAfter",
            "3 × timing.heartbeat (3s)"),
        bad(
            "ackTimeout: 6s",
            "ackTimeout: 31s",
            5,
            "timing.ackTimeout",
            "at most timing.takeoverAfter"),
        bad("maxSize: 8GiB", "maxSize: 8GB", 6, "journal.maxSize", "KiB, MiB"),
        bad("maxSize: 8GiB", "maxSize: 99999999TiB", 6, "journal.maxSize", "found '99999999TiB'"),
        bad("maxSize: 8GiB", "maxSize: 100MiB", 6, "journal.maxSize", "2 × journal.segmentSize"),
        bad("maxSize: 8GiB", "maxSize: 8GiB, maxLag: 5GiB", 6, "journal.maxLag", "half of"),
        bad("reserve: 1GiB", "reserve: -1GiB", 6, "journal.reserve", "found '-1GiB'"),
        bad(
            "directory: /var/lib/lockstep",
            "directory: {desk-a: /x}",
            6,
            "journal.directory.desk-b",
            "found nothing"),
        bad(
            "directory: /var/lib/lockstep",
            "directory: {desk-a: /x, desk-b: /x, desk-c: /x}",
            6,
            "journal.directory.desk-c",
            "did you mean 'desk-"),
        bad(
            "directory: /var/lib/lockstep",
            "directory: /srv/desk/state",
            11,
            "modules.desk.directories[0].path",
            "apart from journal.directory"),
        bad(
            "directory: /var/lib/lockstep",
            "directory: /srv",
            11,
            "modules.desk.directories[0].path",
            "neither may hold the other"),
        bad(
            "/etc/lockstep/cluster.key",
            "/srv/desk/key",
            1,
            "cluster.keyFile",
            "keeps nothing in a module"),
        bad(
            "console: {listen",
            "logs: {directory: /srv/desk/log}\nconsole: {listen",
            7,
            "logs.directory",
            "keeps nothing"),
        bad(
            "listen: 127.0.0.1:7443",
            "listen: localhost:7443",
            7,
            "console.listen",
            "not looked up"),
        bad(
            "listen: 127.0.0.1:7443",
            "listen: 0.0.0.0:7400",
            7,
            "console.listen",
            "another port than"),
        bad("console:", "consol:", 7, "consol", "did you mean 'console'?"),
        bad("preferred: desk-a", "preferred: desk-c", 10, "modules.desk.preferred", "two nodes"),
        bad(
            "[{path: /srv/desk, exclude: [\"tmp/**\"]}]",
            "[]",
            11,
            "modules.desk.directories",
            "at least one"),
        bad(
            "[{path: /srv/desk, exclude: [\"tmp/**\"]}]",
            "/srv/desk",
            11,
            "modules.desk.directories",
            "list of maps"),
        bad(
            "[{path: /srv/desk, exclude: [\"tmp/**\"]}]",
            "[/srv/desk]",
            11,
            "modules.desk.directories[0]",
            "path, exclude"),
        bad(
            "[{path: /srv/desk,",
            "[{path: /srv/desk/sub}, {path: /srv/desk,",
            11,
            "modules.desk.directories[1].path",
            "apart from"),
        bad("path: /srv/desk", "path: /", 11, "modules.desk.directories[0].path", "absolute path"),
        bad(
            "\"tmp/**\"",
            "\"**\"",
            11,
            "modules.desk.directories[0].exclude[0]",
            "relative to the directory"),
        bad("\"tmp/**\"", "\"../x\"", 11, "modules.desk.directories[0].exclude[0]", "globs"),
        bad("\"tmp/**\"", "\"a{b\"", 11, "modules.desk.directories[0].exclude[0]", "globs"),
        bad("10.0.1.50/24", "10.0.1.50", 12, "modules.desk.addresses[0].ip", "prefix length"),
        bad("10.0.1.50/24", "10.0.1.50/33", 12, "modules.desk.addresses[0].ip", "10.0.1.50/24"),
        bad(
            "10.0.1.50/24",
            "127.0.0.1/8",
            12,
            "modules.desk.addresses[0].ip",
            "found '127.0.0.1/8'"),
        bad(
            "10.0.1.50/24",
            "10.0.1.1/24",
            12,
            "modules.desk.addresses[0].ip",
            "not used by nodes.desk-a.link"),
        bad(
            "interface: eth0",
            "interface: an-interface-too-long",
            12,
            "modules.desk.addresses[0].interface",
            "15 characters"),
        bad(
            "interface: eth0",
            "interface: eth0, confirm: {every: 1s}",
            12,
            "modules.desk.addresses[0].confirm.every",
            "one of run, timeout, atMost, alertAfter"),
        bad(
            "interface: eth0",
            "interface: eth0, confirm: {atMost: 1s}",
            12,
            "modules.desk.addresses[0].confirm.run",
            "command line"),
        bad(", interface: eth0", "", 12, "modules.desk.addresses[0].interface", "found nothing"),
        bad("run: /opt/desk/start, ", "", 14, "modules.desk.application.start.run", "/bin/sh"),
        bad(
            "timeout: 60s",
            "timeout: 60",
            14,
            "modules.desk.application.start.timeout",
            "found '60'"),
        bad(
            "thenKill: true",
            "thenKill: yes",
            15,
            "modules.desk.application.stop.thenKill",
            "true or false"),
        bad(
            "failures: 3",
            "failures: 0",
            16,
            "modules.desk.application.check.failures",
            "from 1 to 1000"),
        bad(
            "failures: 3",
            "failures: three",
            16,
            "modules.desk.application.check.failures",
            "whole number"),
        bad(
            "then: switchover",
            "then: panic",
            17,
            "modules.desk.application.restarts.then",
            "'switchover', 'stop'"),
        bad(
            "restarts:",
            "environment: {1A: x}\n      restarts:",
            17,
            "modules.desk.application.environment.1A",
            "variable"),
        bad("cluster: {", "cluster: &c {", 1, "", "anchor"),
        bad("name: dispatch", "name: !!str dispatch", 1, "", "tag"),
        bad("timing: {", "timing: {{", 5, "", "YAML"),
        bad("      stop:", "\tstop:", 15, "", "valid YAML"));
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @MethodSource("values")
  void isToldWithItsPlace(String old, String now, int line, String key, String words) {
    assertThat(Samples.DISPATCH).contains(old);
    String text =
        Samples.DISPATCH.replaceFirst(
            java.util.regex.Pattern.quote(old), java.util.regex.Matcher.quoteReplacement(now));
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class, () -> ClusterConfiguration.parse("lockstep.yaml", text));
    assertThat(e).as("refused").isNotNull();
    assertThat(e.problems())
        .as(e.getMessage())
        .anySatisfy(
            problem -> {
              assertThat(problem.line()).isEqualTo(line);
              assertThat(problem.key()).isEqualTo(key);
              assertThat(problem.column()).isPositive();
              assertThat(problem.toString()).contains(words);
            });
  }

  private static String inSteps(String steps) {
    int start = Samples.DISPATCH.indexOf("      start:");
    int check = Samples.DISPATCH.indexOf("      check:");
    return Samples.DISPATCH.substring(0, start)
        + "      steps:\n"
        + steps.indent(8)
        + Samples.DISPATCH.substring(check);
  }

  private static final String DB =
      "- {name: db, start: {run: up}, stop: {run: down}, ready: {run: ask}}\n";

  static Stream<Arguments> steps() {
    String app = "- {name: app, after: [db], start: {run: up}, stop: {run: down}}\n";
    return Stream.of(
        Arguments.of(
            DB + app.replace("[db]", "[dbb]"), "steps[1].after[0]", "of the steps: db, app"),
        Arguments.of(DB + app.replace("app", "db"), "steps[1].name", "a second time"),
        Arguments.of(DB.replace("name: db", "name: d b"), "steps[0].name", "a name of letters"),
        Arguments.of(DB + app.replace("[db]", "db"), "steps[1].after", "a list of names of steps"),
        Arguments.of(
            DB.replace("start:", "after: [web], start:")
                + app
                + app.replace("app", "web").replace("[db]", "[app]"),
            "steps",
            "wait for each other: db after web after app after db"),
        Arguments.of(app.replace("[db]", "[app]"), "steps", "app after app"),
        Arguments.of(DB.replace("stop: {run: down}, ", ""), "steps[0].stop.run", "found nothing"),
        Arguments.of(DB.replace("{run: ask}", "{every: 1s}"), "steps[0].ready.run", "/bin/sh"));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void stepsWithoutAnOrderAreRefused(String steps, String key, String words) {
    String text = inSteps(steps);
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class, () -> ClusterConfiguration.parse("f", text));
    assertThat(e).as("refused").isNotNull();
    assertThat(e.problems())
        .as(e.getMessage())
        .anySatisfy(
            problem -> {
              assertThat(problem.key()).isEqualTo("modules.desk.application." + key);
              assertThat(problem.toString()).contains(words);
            });
  }

  @Test
  void stepsAndACommandAreRefused() {
    String text = inSteps(DB).replace("      steps:", "      start: {run: up}\n      steps:");
    assertThat(
            catchThrowableOfType(
                ConfigurationException.class, () -> ClusterConfiguration.parse("f", text)))
        .hasMessageContaining("either start and stop, or a unit, or steps");
  }

  static Stream<Arguments> documents() {
    return Stream.of(
        Arguments.of("", "an empty file"),
        Arguments.of("# nothing\n", "an empty file"),
        Arguments.of("just text", "a map with the keys cluster, nodes"),
        Arguments.of("[1, 2]", "found a list"),
        Arguments.of("null", "found nothing"),
        Arguments.of("a: b: c", "not YAML"),
        Arguments.of("x: \u0001", "YAML"),
        Arguments.of(Samples.DISPATCH + "---\nsecond: document\n", "a second document"),
        Arguments.of("a: *b", "alias *b"),
        Arguments.of("[".repeat(2000), "YAML"),
        Arguments.of("x".repeat((1 << 20) + 1), "at most"));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void aDocumentOfAnotherShapeIsRefused(String text, String words) {
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class, () -> ClusterConfiguration.parse("f", text));
    assertThat(e).hasMessageContaining(words);
  }
}

package io.lockstep.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigurationTest {
  private static ClusterConfiguration parse(String text) throws ConfigurationException {
    return ClusterConfiguration.parse("lockstep.yaml", text);
  }

  @Test
  void theDispatchDeskIsRead() throws ConfigurationException {
    ClusterConfiguration c = parse(Samples.DISPATCH);
    assertThat(c.cluster().name()).isEqualTo("dispatch");
    assertThat(c.nodes().keySet()).containsExactly("desk-a", "desk-b");
    assertThat(c.node("desk-a").link()).hasToString("10.0.1.1:7400");
    assertThat(c.peerOf("desk-a").name()).isEqualTo("desk-b");
    assertThat(c.timing().takeoverAfter()).isEqualTo(Duration.ofSeconds(30));
    assertThat(c.journal().maxSize()).isEqualTo(8L << 30);
    ModuleConfiguration desk = c.modules().get("desk");
    assertThat(desk.directoriesOn("desk-b")).containsExactly(Path.of("/srv/desk"));
    assertThat(desk.directories().get(0).exclude()).containsExactly("tmp/**");
    assertThat(desk.addresses().get(0).prefix()).isEqualTo(24);
    assertThat(desk.addresses().get(0).networkInterface().of("desk-a")).isEqualTo("eth0");
    ApplicationConfiguration application = desk.application().orElseThrow();
    assertThat(application.check().orElseThrow().timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(application.restarts().then()).isEqualTo(ApplicationConfiguration.Then.SWITCHOVER);
  }

  @Test
  void anApplicationInStepsIsReadAndTakesAsLongAsAllOfThem() throws ConfigurationException {
    String command =
        Samples.DISPATCH.substring(
            Samples.DISPATCH.indexOf("      start:"), Samples.DISPATCH.indexOf("      check:"));
    ClusterConfiguration c =
        parse(
            Samples.DISPATCH.replace(
                command,
                """
                      steps:
                        - {name: app, after: [db], start: {run: a, timeout: 5s}, stop: {run: b}}
                        - name: db
                          start: {run: c}
                          stop: {run: d, timeout: 9s, thenKill: false}
                          ready: {run: e, every: 1s}
                """));
    ApplicationConfiguration application = c.modules().get("desk").application().orElseThrow();
    assertThat(application.start()).isEmpty();
    assertThat(application.allSteps())
        .containsExactly(
            new ApplicationConfiguration.Step(
                "app",
                List.of("db"),
                new ApplicationConfiguration.Start("a", Duration.ofSeconds(5)),
                new ApplicationConfiguration.Stop("b", Duration.ofSeconds(30), true),
                Optional.empty(),
                Optional.empty()),
            new ApplicationConfiguration.Step(
                "db",
                List.of(),
                new ApplicationConfiguration.Start("c", Duration.ofSeconds(60)),
                new ApplicationConfiguration.Stop("d", Duration.ofSeconds(9), false),
                Optional.of(new ApplicationConfiguration.Ready("e", Duration.ofSeconds(1))),
                Optional.empty()));
    assertThat(application.longestStart()).isEqualTo(Duration.ofSeconds(65));
    assertThat(ConfigurationDifference.between(parse(Samples.DISPATCH), c).allLive()).isTrue();
    assertThat(parse(Samples.DISPATCH).modules().get("desk").application().orElseThrow().allSteps())
        .hasSize(1);
  }

  private static ClusterConfiguration inPlaceOfTheCommands(String application)
      throws ConfigurationException {
    String commands =
        Samples.DISPATCH.substring(
            Samples.DISPATCH.indexOf("      start:"), Samples.DISPATCH.indexOf("      check:"));
    return parse(Samples.DISPATCH.replace(commands, application.indent(6)));
  }

  @Test
  void anApplicationOrAStepMayBeAUnit() throws ConfigurationException {
    ApplicationConfiguration whole =
        inPlaceOfTheCommands("unit: desk.service\nstart: {timeout: 5s}\nstop: {thenKill: false}")
            .modules()
            .get("desk")
            .application()
            .orElseThrow();
    assertThat(whole.units()).containsExactly("desk.service");
    assertThat(inPlaceOfTheCommands("unit: desk.service").modules().get("desk").checkers())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.name()).isEqualTo("unit desk.service");
              assertThat(c.every()).isEqualTo(Duration.ofSeconds(5));
              assertThat(c.then()).isEqualTo(CheckerConfiguration.Then.RESTART);
            });
    assertThat(whole.longestStart()).isEqualTo(Duration.ofSeconds(5));
    assertThat(whole.allSteps().get(0).stop().thenKill()).isFalse();
    assertThat(whole.systemctl().orElseThrow().of("desk-a")).hasToString("/usr/bin/systemctl");
    assertThat(whole.drillHindrance()).contains("desk.service outside of the drill");
    ApplicationConfiguration steps =
        inPlaceOfTheCommands(
                "systemctl: /opt/ctl\nsteps:\n  - {name: db, unit: pg@15-main.service}\n"
                    + "  - {name: app, start: {run: a}, stop: {run: b}, after: [db]}")
            .modules()
            .get("desk")
            .application()
            .orElseThrow();
    assertThat(steps.units()).containsExactly("pg@15-main.service");
    assertThat(steps.systemctl().orElseThrow().of("desk-b")).hasToString("/opt/ctl");
    ApplicationConfiguration none =
        parse(Samples.DISPATCH).modules().get("desk").application().orElseThrow();
    assertThat(none.systemctl()).as("the hash of others stays").isEmpty();
    assertThat(none.drillHindrance()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unit: desk|the name of a service unit",
        "unit: desk.service\nstart: {run: x}|a command beside unit",
        "unit: desk.service\nsteps: [{name: db, unit: db.service}]|steps beside unit",
        "steps: [{name: db, unit: db.service, stop: {run: x}}]|a command beside unit",
        "steps: [{name: db, unit: a/b.service}]|the name of a service unit"
      })
  void aUnitIsNoCommandAndHasAName(String lines) {
    String[] parts = lines.split("\\|");
    assertThatThrownBy(() -> inPlaceOfTheCommands(parts[0])).hasMessageContaining(parts[1]);
  }

  @Test
  void aCheckerLooksAtOneOfTheApplicationsOwnUnits() throws ConfigurationException {
    String checkers = "\n    checkers: [{unit: desk.service, failures: 1, then: switchover}]\n";
    String unit = "unit: desk.service";
    String text = Samples.DISPATCH + checkers;
    assertThatThrownBy(() -> parse(text)).hasMessageContaining("the application is no unit");
    String commands =
        Samples.DISPATCH.substring(
            Samples.DISPATCH.indexOf("      start:"), Samples.DISPATCH.indexOf("      check:"));
    CheckerConfiguration checker =
        parse(text.replace(commands, unit.indent(6))).modules().get("desk").checkers().get(0);
    assertThat(checker.unit()).contains("desk.service");
    assertThat(checker.name()).isEqualTo("unit desk.service");
    assertThatThrownBy(() -> parse(text.replace(commands, "unit: other.service".indent(6))))
        .hasMessageContaining("one of the application's units: other.service");
  }

  @Test
  void anAddressMayBeConfirmedFromOutside() throws ConfigurationException {
    String with =
        Samples.DISPATCH.replace(
            "interface: eth0", "interface: eth0, confirm: {run: ask, alertAfter: 1m}");
    assertThat(parse(with).modules().get("desk").addresses().get(0).confirm())
        .contains(
            new ModuleConfiguration.Confirm(
                "ask", Duration.ofSeconds(3), Duration.ofSeconds(15), Duration.ofMinutes(1)));
    assertThat(parse(Samples.DISPATCH).modules().get("desk").addresses().get(0).confirm())
        .isEmpty();
  }

  @Test
  void whatIsNotWrittenHasItsDefault() throws ConfigurationException {
    ClusterConfiguration c =
        parse(
            """
            cluster: {name: c, keyFile: /etc/key}
            nodes:
              a: {link: 10.0.0.1:1, heartbeats: [10.0.0.1:2]}
              b: {link: "[fd00::2]:1", heartbeats: [10.0.0.2:2]}
            modules: {m: {directories: [{path: /srv/m}]}}
            """);
    assertThat(c.timing())
        .isEqualTo(
            new ClusterConfiguration.Timing(
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(6),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30)));
    assertThat(c.replication().handlers()).isEqualTo(12);
    assertThat(c.console().listen().of("b")).hasToString("127.0.0.1:7443");
    assertThat(c.modules().get("m").preferred()).isEqualTo("a");
    assertThat(c.modules().get("m").application()).isEmpty();
    assertThat(c.node("b").link()).hasToString("[fd00:0:0:0:0:0:0:2]:1");
  }

  @Test
  void aHungAgentThatNobodyCouldReplaceIsGivenTimeAndAnAddressEndsBeforeATakeoverGivesUp()
      throws ConfigurationException {
    ClusterConfiguration.Timing usual = parse(Samples.DISPATCH).timing();
    assertThat(usual.guardianPatience(true)).isEqualTo(Duration.ofSeconds(5));
    assertThat(usual.guardianPatience(false)).isEqualTo(Duration.ofSeconds(30));
    assertThat(usual.stoppedPatience(true)).isEqualTo(Duration.ofSeconds(1));
    assertThat(usual.stoppedPatience(false)).isEqualTo(Duration.ofSeconds(30));
    assertThat(usual.addressLease()).isEqualTo(Duration.ofSeconds(10));
    ClusterConfiguration.Timing fast =
        parse(
                Samples.DISPATCH
                    .replace("heartbeat: 1s", "heartbeat: 100ms")
                    .replace("takeoverAfter: 30s", "takeoverAfter: 500ms")
                    .replace("ackTimeout: 6s", "ackTimeout: 500ms"))
            .timing();
    assertThat(fast.guardianPatience(true)).isEqualTo(Duration.ofSeconds(5));
    assertThat(fast.guardianPatience(false)).isEqualTo(Duration.ofSeconds(5));
    assertThat(fast.addressLease()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void valuesMayDifferBetweenTheNodes() throws ConfigurationException {
    ClusterConfiguration c =
        parse(
            Samples.DISPATCH
                .replace("/var/lib/lockstep", "\"/var/lib/lockstep-${node}\"")
                .replace(
                    "listen: 127.0.0.1:7443",
                    "listen: {desk-a: \"127.0.0.1:7443\", desk-b: \"127.0.0.1:7444\"}")
                .replace("path: /srv/desk,", "path: {desk-a: /srv/one, desk-b: /srv/two},"));
    assertThat(c.journal().directory().of("desk-b")).isEqualTo(Path.of("/var/lib/lockstep-desk-b"));
    assertThat(c.console().listen().of("desk-b").port()).isEqualTo(7444);
    assertThat(c.modules().get("desk").directoriesOn("desk-a"))
        .containsExactly(Path.of("/srv/one"));
  }

  @Test
  void checkersOfEveryKind() throws ConfigurationException {
    String text =
        Samples.DISPATCH
            + """
                checkers:
                  - {tcp: "10.0.1.50:5432", every: 2s, timeout: 1s, failures: 2}
                  - {name: web, http: {url: "http://127.0.0.1:8080/health", contains: ok}, then: stop}
                  - {ping: 10.0.1.254, then: wait}
                  - {interface: {desk-a: eth0, desk-b: ens3}}
                  - {address: true}
                  - {space: {path: "/srv", free: 2GiB}}
                  - {process: postgres}
                  - {run: /opt/desk/licence}
            """;
    List<CheckerConfiguration> checkers = parse(text).modules().get("desk").checkers();
    assertThat(checkers)
        .extracting(CheckerConfiguration::name)
        .containsExactly(
            "tcp 10.0.1.50:5432",
            "web",
            "ping 10.0.1.254",
            "interface",
            "address",
            "space",
            "process postgres",
            "run /opt/desk/licence");
    assertThat(checkers)
        .extracting(c -> c.then().name())
        .containsExactly(
            "RESTART",
            "STOP",
            "WAIT",
            "SWITCHOVER",
            "SWITCHOVER",
            "SWITCHOVER",
            "RESTART",
            "RESTART");
    CheckerConfiguration tcp = checkers.get(0);
    assertThat(tcp.every()).isEqualTo(Duration.ofSeconds(2));
    assertThat(tcp.timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(tcp.failures()).isEqualTo(2);
    assertThat(checkers.get(1).http().orElseThrow())
        .isEqualTo(new CheckerConfiguration.Http("http://127.0.0.1:8080/health", 200, "ok"));
    assertThat(checkers.get(3).networkInterface().of("desk-b")).isEqualTo("ens3");
    assertThat(checkers.get(5).space().orElseThrow().free()).isEqualTo(2L << 30);
    ConfigurationDifference difference =
        ConfigurationDifference.between(
            parse(text), parse(text.replace("failures: 2", "failures: 4")));
    assertThat(difference.changes()).hasSize(1);
    assertThat(difference.changes().get(0)).hasToString("modules.desk.checkers[0].failures: 2 → 4");
    assertThat(ConfigurationDifference.between(parse(Samples.DISPATCH), parse(text)).allLive())
        .isTrue();
  }

  @Test
  void theHashIsOfTheMeaningNotOfTheText() throws ConfigurationException {
    String hash = parse(Samples.DISPATCH).hash();
    assertThat(hash).matches("[0-9a-f]{64}");
    String rewritten =
        Samples.DISPATCH
            .replace("timeout: 60s", "timeout: 1m")
            .replace("8GiB", "8192MiB")
            .replace("console: {listen: 127.0.0.1:7443}\n", "# the default console\n");
    assertThat(parse(rewritten).hash()).isEqualTo(hash);
    assertThat(parse(Samples.DISPATCH.replace("failures: 3", "failures: 4")).hash())
        .isNotEqualTo(hash);
  }

  @Test
  void theDifferenceTellsWhatCanChangeLive() throws ConfigurationException {
    ClusterConfiguration old = parse(Samples.DISPATCH);
    ClusterConfiguration now =
        parse(
            Samples.DISPATCH
                .replace("every: 5s", "every: 10s")
                .replace("takeoverAfter: 30s", "takeoverAfter: 10s")
                .replace("maxSize: 8GiB", "maxSize: 9GiB"));
    ConfigurationDifference difference = ConfigurationDifference.between(old, now);
    assertThat(difference.changes())
        .extracting(ConfigurationDifference.Change::key, ConfigurationDifference.Change::live)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("timing.takeoverAfter", true),
            org.assertj.core.groups.Tuple.tuple("journal.maxSize", false),
            org.assertj.core.groups.Tuple.tuple("modules.desk.application.check.every", true));
    assertThat(difference.changes().get(2))
        .hasToString("modules.desk.application.check.every: 5s → 10s");
    assertThat(difference.allLive()).isFalse();
    assertThat(ConfigurationDifference.between(old, old).empty()).isTrue();
  }

  @Test
  void everyErrorIsToldAtOnceInTheOrderOfTheFile() {
    String bad =
        Samples.DISPATCH
            .replace("takeoverAfter: 30s", "takeoverAfter: 30")
            .replace("10.0.1.2:7400", "desk-b.example:7400")
            .replace("preferred: desk-a", "prefered: desk-a")
            .replace("then: switchover", "then: reboot");
    assertThatThrownBy(() -> parse(bad))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            e ->
                assertThat(e.problems())
                    .extracting(ConfigurationProblem::line, ConfigurationProblem::key)
                    .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(4, "nodes.desk-b.link"),
                        org.assertj.core.groups.Tuple.tuple(5, "timing.takeoverAfter"),
                        org.assertj.core.groups.Tuple.tuple(10, "modules.desk.prefered"),
                        org.assertj.core.groups.Tuple.tuple(
                            17, "modules.desk.application.restarts.then")))
        .hasMessageContaining(
            "lockstep.yaml:5:40 timing.takeoverAfter: found '30'; allowed: a duration with its unit"
                + " (ms, s, m, h) from 500ms to 1h")
        .hasMessageContaining("did you mean 'preferred'?");
  }

  @Test
  void aFileThatCannotBeReadIsAConfigurationProblem(@TempDir Path directory) throws Exception {
    Path missing = directory.resolve("lockstep.yaml");
    assertThatThrownBy(() -> ClusterConfiguration.load(missing))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("NoSuchFile");
    Path binary =
        Files.write(directory.resolve("b.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 9});
    assertThatThrownBy(() -> ClusterConfiguration.load(binary))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("UTF-8");
  }

  private static String two(String more, String webs) {
    return Samples.DISPATCH
        + "  web: {preferred: desk-a, directories: [{path: /srv/web}]"
        + webs
        + "}\n"
        + more;
  }

  @Test
  void groupsNameModulesInTheOrderInWhichTheyStart() throws Exception {
    String text = two("groups: {site: [web, desk]}\n", "");
    ClusterConfiguration read = ClusterConfiguration.parse("f", text);
    assertThat(read.groups()).containsEntry("site", java.util.List.of("web", "desk"));
    assertThat(read.groupOf("desk")).contains("site");
    assertThat(read.hash()).isNotEqualTo(ClusterConfiguration.parse("f", two("", "")).hash());
    ClusterConfiguration plain = ClusterConfiguration.parse("f", two("", ""));
    assertThat(ConfigurationDifference.between(plain, read).changes().toString())
        .contains("groups.site[0]: (none) → web", "needs a restart of both agents");
  }

  @Test
  void groupsThatCannotMoveTogetherAreRefused() {
    assertThat(problem("groups: {site: [web, desc]}\n", "")).contains("one of the modules: desk");
    assertThat(problem("groups: {site: [web]}\n", "")).contains("two or more");
    assertThat(problem("groups: {site: web}\n", "")).contains("two or more");
    assertThat(problem("groups: {desk: [web, desk]}\n", "")).contains("another name");
    assertThat(problem("groups: {one: [web, desk], two: [desk, web]}\n", ""))
        .contains("of no other group than one");
    assertThat(problem("groups: {site: [desk, web]}\n", ", failbackAfter: 5m"))
        .contains("modules.web.failbackAfter", "the same as desk");
    String other =
        two("groups: {site: [desk, web]}\n", "")
            .replace("web: {preferred: desk-a", "web: {preferred: desk-b");
    assertThat(refused(other)).contains("modules.web.preferred", "the same node as desk (desk-a)");
  }

  private static String problem(String more, String webs) {
    return refused(two(more, webs));
  }

  private static String refused(String text) {
    try {
      return "accepted: " + ClusterConfiguration.parse("f", text);
    } catch (ConfigurationException e) {
      return e.getMessage();
    }
  }
}

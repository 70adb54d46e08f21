package io.lockstep.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.api.FakeNode;
import io.lockstep.agent.api.GroupStatus;
import io.lockstep.agent.api.RestServer;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.configuration.Samples;
import io.lockstep.agent.split.ContentProof;
import io.lockstep.replicator.link.ClusterKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class LockstepTest {
  @TempDir private Path directory;
  private final FakeNode node = new FakeNode();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private RestServer rest;
  private Path config;

  @BeforeEach
  void start() throws IOException {
    rest = RestServer.start(new Endpoint(InetAddress.getLoopbackAddress(), 0), node, () -> "");
    config = directory.resolve("lockstep.yaml");
    Files.writeString(config, Samples.DISPATCH.replace(":7443", ":" + rest.port()));
  }

  @AfterEach
  void stop() {
    rest.close();
    node.close();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line =
        new Lockstep(
                PlayedRunner::new, () -> (configuration, name, module) -> "initialized " + name)
            .commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", config.toString()));
    if (!all.contains("--node")) {
      all.addAll(List.of("--node", "desk-a"));
    }
    return line.execute(all.toArray(String[]::new));
  }

  @Test
  void helpTellsCommandsAndExitCodes() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("check-config", "switchback", "split", "key", "Exit codes")
        .contains("the agent of this node cannot be reached");
    for (String command :
        List.of("init", "run", "start", "switchback", "status", "apply", "log", "why", "replay")) {
      assertThat(run(command, "--help")).as(command).isZero();
      assertThat(out.toString()).contains("Usage: lockstep " + command);
    }
  }

  /** Runs at once to its end; its machine lacks an interface. */
  private static final class PlayedRunner implements NodeRunner {
    @Override
    public int run(ClusterConfiguration configuration, Path file, String node) {
      return node.equals("desk-a") ? 0 : 1;
    }

    @Override
    public List<String> check(ClusterConfiguration configuration, String node) {
      return node.equals("desk-a") ? List.of() : List.of("no interface 'eth0' on " + node);
    }
  }

  @Test
  void theMachineIsCheckedWhenAsked() {
    assertThat(run("check-config", "--machine")).isZero();
    assertThat(out.toString()).contains("this machine is right for it as desk-a");
    assertThat(run("check-config", "--machine", "--node", "desk-b")).isEqualTo(2);
    assertThat(err.toString()).contains("1 problem(s) on this machine as desk-b", "eth0");
  }

  @Test
  void wrongUsageIsTwoAndSaysWhatIsRight() {
    for (List<String> wrong :
        List.of(
            List.of("status", "--wach"),
            List.of("apply"),
            List.of("apply", "one", "two"),
            List.of("key"),
            List.of("key", "generate"),
            List.of("split", "keep"),
            List.of("split", "drop"),
            List.of("split", "restore"),
            List.of("split", "restore", "f", "--to", "not/absolute"),
            List.of("split", "restore", "f", "g", "--to", "/somewhere"),
            List.of("module"),
            List.of("module", "add"),
            List.of("log", "--lines", "0"),
            List.of("log", "--lines", "many"),
            List.of("start", "--node", "desk-z"),
            List.of("switchover", "now"))) {
      err.getBuffer().setLength(0);
      assertThat(run(wrong.toArray(String[]::new))).as(wrong.toString()).isEqualTo(2);
      assertThat(err.toString()).as(wrong.toString()).isNotBlank().doesNotContain("\tat ");
    }
    run("status", "--wach");
    assertThat(err.toString()).contains("--wach", "--watch");
    run("module");
    assertThat(err.toString()).contains("module needs one of: remove");
  }

  @Test
  void aRemovalIsConfirmedByName() {
    java.io.InputStream before = System.in;
    try {
      System.setIn(
          new java.io.ByteArrayInputStream(
              "yes\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      assertThat(run("module", "remove")).isEqualTo(3);
    } finally {
      System.setIn(before);
    }
    assertThat(node.commands()).isEmpty();
  }

  @Test
  void scriptsCanAskWhetherAllIsProtected() {
    assertThat(run("status", "--check")).isZero();
    node.verdict("EXPOSED", "EXPOSED since 03:12", "bring desk-b back");
    assertThat(run("status", "--check")).isEqualTo(1);
    assertThat(run("status")).isZero();
  }

  @Test
  void theLogIsAsLongAsAsked() {
    assertThat(run("log", "--lines", "7")).isZero();
    assertThat(run("log")).isZero();
    assertThat(node.commands()).containsExactly("log desk 7", "log desk 200");
  }

  @Test
  void usageAndConfigurationErrorsAnswerTwo() throws IOException {
    assertThat(run("fly")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
    assertThat(run("stop", "--module", "other")).isEqualTo(2);
    assertThat(err.toString()).contains("no module 'other'");
    assertThat(run("split", "keep", "desk-x")).isEqualTo(2);
    assertThat(run("split")).isEqualTo(2);
    Files.writeString(
        config,
        Samples.DISPATCH.replace("takeoverAfter: 30s", "takeoverAfter: 30").replace("eth0", "e/0"));
    assertThat(run("check-config")).isEqualTo(2);
    assertThat(err.toString()).contains("2 problem(s)", ":5:", "timing.takeoverAfter", ":12:");
  }

  @Test
  void nodeCommandsUseTheNode() {
    assertThat(run("check-config")).isZero();
    assertThat(out.toString()).contains("is valid: cluster dispatch");
    assertThat(run("init")).isZero();
    assertThat(out.toString()).contains("initialized desk-a");
    assertThat(run("run")).isZero();
    assertThat(run("apply", config.toString())).isZero();
    assertThat(run("apply", "/nowhere")).isEqualTo(2);
  }

  @Test
  void moduleCommandsReachTheAgent() {
    assertThat(run("pause")).isZero();
    assertThat(out.toString()).contains("done: pause desk");
    assertThat(run("split", "keep", "desk-b")).isZero();
    assertThat(run("split", "show", "--limit", "7")).isZero();
    assertThat(run("split", "list")).isZero();
    assertThat(run("split", "drop", "20260101-000000-0123456789abcdef")).isZero();
    assertThat(run("start", "--force", "--yes")).isZero();
    assertThat(out.toString()).contains("may be lost");
    assertThat(run("switchover")).isEqualTo(3);
    assertThat(err.toString()).contains("not up to date");
    assertThat(run("module", "remove", "--yes", "--clean", "--force")).isEqualTo(1);
    assertThat(node.commands())
        .containsExactly(
            "pause desk",
            "split-keep desk desk-b",
            "split-show desk 7 false",
            "split-list desk  false",
            "split-drop desk 20260101-000000-0123456789abcdef",
            "start desk force=true",
            "switchover desk",
            "remove desk force=true clean=true thisNode=false");
  }

  /** Whoever cannot read the cluster's key does not see into files. */
  @Test
  void theContentOfFilesNeedsTheKey() {
    assertThat(run("split", "show", "notes")).isEqualTo(3);
    assertThat(run("split", "restore", "notes")).isEqualTo(3);
    assertThat(run("split", "proof")).isEqualTo(3);
    assertThat(err.toString()).contains("cluster's key");
    assertThat(node.commands()).isEmpty();
  }

  /** For the console, which cannot read the key. */
  @Test
  void whoHasTheKeyGetsItsProof() throws IOException {
    Path key = config.resolveSibling("cluster.key");
    assertThat(run("key", "generate", key.toString())).isZero();
    Files.writeString(
        config, Files.readString(config).replace("/etc/lockstep/cluster.key", key.toString()));
    out.getBuffer().setLength(0);
    assertThat(run("split", "proof")).isZero();
    assertThat(out.toString().strip()).isEqualTo(ContentProof.of(ClusterKey.load(key), "desk"));
  }

  @Test
  void switchbackIsFollowedToItsEnd() {
    assertThat(run("switchback")).isZero();
    assertThat(out.toString()).contains("Drain the journal", "DONE", "desk-a serves desk (");
  }

  @Test
  void statusShowsBothNodesAndProgress() {
    node.reintegration(68.4);
    assertThat(run("status")).isZero();
    assertThat(out.toString())
        .contains("PROTECTED: desk-b serves", "next: switch back", "68.4 %", "42 s to go")
        .contains("local to each node (excluded)");
    assertThat(run("status", "--json")).isZero();
    assertThat(out.toString().lines()).hasSize(1).first().asString().startsWith("{\"cluster\"");
  }

  @Test
  void anAgentThatDoesNotAnswerIsFour() {
    rest.close();
    assertThat(run("status")).isEqualTo(4);
    assertThat(err.toString()).contains("does not answer at 127.0.0.1:");
  }

  @Test
  void aKeyIsSecretAndNeverOverwritten() throws IOException {
    String key = directory.resolve("cluster.key").toString();
    assertThat(run("key", "generate", key)).isZero();
    assertThat(ClusterKey.load(Path.of(key))).isNotNull();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(key))))
        .isEqualTo("rw-------");
    assertThat(run("key", "generate", key)).isEqualTo(3);
  }

  @Test
  void groupsAreShownAndNamedLikeModules() throws Exception {
    String two = "  web: {preferred: desk-a, directories: [{path: /srv/web}]}\n";
    Files.writeString(config, Files.readString(config) + two + "groups: {site: [desk, web]}\n");
    node.groups(
        new GroupStatus("site", List.of("desk", "web"), "TOGETHER", "TOGETHER on desk-a", ""));
    assertThat(run("status", "--check")).isZero();
    assertThat(out.toString()).contains("group site: TOGETHER on desk-a");
    node.groups(
        new GroupStatus("site", List.of("desk", "web"), "APART", "APART: web is down", "mend it"));
    assertThat(run("status", "--check")).isOne();
    assertThat(out.toString()).contains("group site: APART: web is down", "next: mend it");
    assertThat(run("stop", "site")).isZero();
    assertThat(run("switchover", "--module", "site")).isEqualTo(3);
    assertThat(node.commands()).endsWith("stop site", "switchover site");
    assertThat(run("stop", "sight")).isEqualTo(2);
    assertThat(err.toString()).contains("no module or group 'sight'", "desk", "site");
  }
}

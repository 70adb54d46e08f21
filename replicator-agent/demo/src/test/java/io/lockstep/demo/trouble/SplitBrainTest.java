package io.lockstep.demo.trouble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole story of a split, on two real agents and with the commands that an operator has. */
class SplitBrainTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Instant LONG_AGO = Instant.parse("2020-02-02T02:02:02.123456789Z");

  /** Patient enough for a machine that does other things meanwhile. */
  private static final String TIMING =
      "timing: {heartbeat: 200ms, takeoverAfter: 4s, ackTimeout: 4s, checkpoint: 1s}\n";

  @TempDir Path home;

  @BeforeEach
  void needs() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
  }

  private static Bench.Plan plan(String yaml) {
    return new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", TIMING + yaml);
  }

  /** Until both serve, each on its own. */
  private static void part(Bench bench) {
    DemoNode b = bench.cluster().b();
    bench.cluster().awaitProtected(PATIENCE);
    b.perform(b.commands().cut());
    bench.awaitRole(bench.cluster().a(), "ALONE", PATIENCE);
    bench.awaitRole(b, "ALONE", PATIENCE);
  }

  private static void await(Bench bench, DemoNode node, String word) {
    bench
        .cluster()
        .await(
            word + " on " + node.name(),
            PATIENCE,
            () ->
                bench
                    .status(node)
                    .map(AgentApi.ModuleStatus::word)
                    .filter(word::equals)
                    .isPresent());
  }

  private static Shell.Result operator(Bench bench, DemoNode node, String... words) {
    return bench.lockstep(node, bench.configuration(), words);
  }

  private static void makeFifo(Path path) throws IOException {
    Process made = new ProcessBuilder("mkfifo", "-m", "622", path.toString()).inheritIO().start();
    assertThat(made.onExit().join().exitValue()).isZero();
  }

  private static final String CAPABILITY = "security.capability";

  /** cap_net_raw, permitted and effective, as getfattr writes it. */
  private static final String CAPABLE = "0sAQAAAgAgAAAAAAAAAAAAAAAAAAA=";

  /** Both serve, and both write. */
  private static void split(Bench bench) throws IOException {
    DemoNode a = bench.cluster().a();
    DemoNode b = bench.cluster().b();
    Files.writeString(a.directory().resolve("notes"), "one\ntwo\nthree\n");
    Files.writeString(a.directory().resolve("same"), "same\n");
    Files.writeString(a.directory().resolve("removed"), "there on one side\n");
    part(bench);
    Files.writeString(a.directory().resolve("notes"), "one\nTWO of a\nthree\n");
    Path notes = b.directory().resolve("notes");
    Files.writeString(notes, "one\ntwo\nthree of b\n");
    Files.setPosixFilePermissions(notes, PosixFilePermissions.fromString("rw-r-----"));
    Files.setAttribute(notes, "unix:uid", 1234);
    Files.setLastModifiedTime(notes, FileTime.from(LONG_AGO));
    Files.writeString(b.directory().resolve("only-b"), "b alone\n");
    Files.delete(b.directory().resolve("removed"));
    Files.createSymbolicLink(b.directory().resolve("link"), Path.of("/etc/passwd"));
    Files.createLink(b.directory().resolve("only-b-too"), b.directory().resolve("only-b"));
    Files.createDirectory(b.directory().resolve("empty"));
    Files.setAttribute(b.directory().resolve("empty"), "unix:gid", 4321);
    Files.setAttribute(b.directory().resolve("only-b"), "user:from", "b".getBytes(UTF_8));
    makeFifo(b.directory().resolve("pipe"));
    Path tool = Files.writeString(b.directory().resolve("tool"), "acts as its owner\n");
    Files.setAttribute(tool, "unix:mode", 06755);
    Shell.run("setfattr", "-n", CAPABILITY, "-v", CAPABLE, tool.toString());
    b.perform(b.commands().heal());
    await(bench, a, "SPLIT");
    await(bench, b, "SPLIT");
  }

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void isShownDecidedQuarantinedAndTakenBack() throws Exception {
    try (Bench bench = Bench.open(home, plan(""))) {
      bench.start();
      split(bench);
      DemoNode a = bench.cluster().a();
      DemoNode b = bench.cluster().b();

      Shell.Result shown = operator(bench, a, "split", "show");
      assertThat(shown.output())
          .contains("SPLIT since", "desk-a: ALONE", "desk-b: ALONE", "0:/only-b", "0:/notes")
          .contains("desk-b: removed or moved away", "desk-a: did not change it")
          .doesNotContain("0:/same");
      assertThat(operator(bench, b, "split", "show", "notes").output())
          .contains("--- desk-b:", "+++ desk-a:", "-three of b", "+TWO of a", "+three");
      assertThat(operator(bench, a, "split", "list").output()).contains("Nothing is in quarantine");

      assertThat(operator(bench, b, "split", "keep", "desk-a").succeeded()).isTrue();
      bench.cluster().awaitProtected(PATIENCE);
      assertThat(bench.status(a).orElseThrow().serves()).isTrue();
      assertThat(a.directory().resolve("notes")).hasContent("one\nTWO of a\nthree\n");
      assertThat(a.directory().resolve("only-b")).doesNotExist();
      assertThat(a.directory().resolve("removed")).exists();
      assertThat(bench.differences(PATIENCE)).isEmpty();

      assertThat(operator(bench, a, "split", "list").output()).contains(" on desk-b: ");
      assertThat(operator(bench, b, "split", "restore", "notes").output())
          .contains("does not serve");
      Shell.Result taken =
          operator(
              bench,
              a,
              "split",
              "restore",
              "notes",
              "0:/only-b",
              "only-b-too",
              "link",
              "empty",
              "pipe",
              "tool");
      assertThat(taken.output())
          .contains("0:/notes is taken back", "0:/only-b is taken back", "0:/pipe is taken back")
          .contains("as another name of the same file");
      assertThat(operator(bench, a, "split", "restore", "removed").output())
          .contains("its branch had removed it");
      Path elsewhere = home.resolve("elsewhere");
      assertThat(
              operator(bench, b, "split", "restore", "notes", "--to", elsewhere.toString())
                  .succeeded())
          .isTrue();
      assertThat(elsewhere).hasContent("one\ntwo\nthree of b\n");

      Path notes = a.directory().resolve("notes");
      assertThat(notes).hasContent("one\ntwo\nthree of b\n");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(notes)))
          .isEqualTo("rw-r-----");
      assertThat(Files.getAttribute(notes, "unix:uid")).isEqualTo(1234);
      assertThat(Files.getLastModifiedTime(notes).to(TimeUnit.MICROSECONDS))
          .isEqualTo(FileTime.from(LONG_AGO).to(TimeUnit.MICROSECONDS));
      assertThat(a.directory().resolve("only-b")).hasContent("b alone\n");
      assertThat(bench.differences(PATIENCE)).as("replicated as any write is").isEmpty();
      assertThat(bench.plain(b).resolve("only-b")).hasContent("b alone\n");
      for (Path each : List.of(a.directory(), bench.plain(b))) {
        assertThat(each.resolve("link")).isSymbolicLink();
        assertThat(Files.readSymbolicLink(each.resolve("link"))).hasToString("/etc/passwd");
        assertThat(Files.isSameFile(each.resolve("only-b"), each.resolve("only-b-too"))).isTrue();
        assertThat(Files.getAttribute(each.resolve("only-b"), "user:from"))
            .isEqualTo("b".getBytes(UTF_8));
        assertThat(Files.getAttribute(each.resolve("empty"), "unix:gid")).isEqualTo(4321);
        assertThat(Files.getAttribute(each.resolve("pipe"), "unix:mode")).isEqualTo(0010622);
        Path tool = each.resolve("tool");
        assertThat(tool).hasContent("acts as its owner\n");
        assertThat(Files.getAttribute(tool, "unix:mode")).isEqualTo(0106755);
        assertThat(Shell.run("getfattr", "-e", "base64", "-n", CAPABILITY, tool.toString()))
            .contains(CAPABLE);
      }
      try (Stream<Path> all = Files.list(bench.plain(a))) {
        assertThat(all.map(p -> p.getFileName().toString()))
            .noneMatch(name -> name.contains("restore"));
      }
    }
  }

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void aPolicyDecidesAndAQuotaHoldsTheReturnBack() throws Exception {
    String yaml = "split: {policy: keep-node, node: desk-a, quarantine: {quota: 0B}}\n";
    try (Bench bench = Bench.open(home, plan(yaml))) {
      bench.start();
      DemoNode a = bench.cluster().a();
      DemoNode b = bench.cluster().b();
      splitUnderPolicy(bench);
      bench
          .cluster()
          .await(
              "the refusal of the return",
              PATIENCE,
              () ->
                  bench
                      .status(b)
                      .filter(s -> s.verdict().contains("split.quarantine.quota"))
                      .isPresent());
      assertThat(bench.status(a).orElseThrow().role()).isEqualTo("ALONE");
      assertThat(bench.plain(b).resolve("only-b")).hasContent("b alone\n");

      Path more = home.resolve("more.yaml");
      Files.writeString(
          more,
          Files.readString(bench.configuration()).replaceAll("quota: \"?0B\"?", "quota: 1GiB"));
      assertThat(operator(bench, a, "apply", more.toString()).succeeded()).isTrue();
      bench.cluster().awaitProtected(PATIENCE);
      assertThat(a.directory().resolve("only-b")).doesNotExist();
      assertThat(operator(bench, a, "split", "restore", "only-b").succeeded()).isTrue();
      assertThat(bench.plain(b).resolve("only-b")).hasContent("b alone\n");
    }
  }

  private static void splitUnderPolicy(Bench bench) throws IOException {
    DemoNode a = bench.cluster().a();
    DemoNode b = bench.cluster().b();
    part(bench);
    Files.writeString(a.directory().resolve("only-a"), "a alone\n");
    Files.writeString(b.directory().resolve("only-b"), "b alone\n");
    b.perform(b.commands().heal());
  }
}

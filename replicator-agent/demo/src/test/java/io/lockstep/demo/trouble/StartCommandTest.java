package io.lockstep.demo.trouble;

import static io.lockstep.demo.topology.Shell.quote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Start commands that fail or hang on one node, and directories that may not be given. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class StartCommandTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path home;

  @BeforeEach
  void needsRootAndFuse() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
  }

  @Test
  void aStartThatFailsOnOneNodeMovesTheModuleToTheOther() throws Exception {
    servesOnTheOtherNode("echo 'no licence' >&2; exit 3");
  }

  @Test
  void aStartThatHangsIsEndedAndMovesTheModuleToTheOther() throws Exception {
    servesOnTheOtherNode("exec sleep 3600");
  }

  private void servesOnTheOtherNode(String trouble) throws Exception {
    Path start = home.resolve("start");
    script(start, "case $(ip netns identify $$) in *-a) " + trouble + " ;; esac\nsleep 3600 &\n");
    Path stop = home.resolve("stop");
    script(stop, "exit 0\n");
    String application =
        """
        modules:
          desk:
            application:
              start: {run: "%s", timeout: 2s}
              stop: {run: "%s", timeout: 2s, thenKill: true}
              restarts: {max: 1, within: 10m, then: switchover}
        """
            .formatted(start, stop);
    try (Bench bench =
        Bench.open(
            Files.createDirectories(home.resolve("bench")),
            new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=128m", application))) {
      bench.cluster().start();
      bench
          .cluster()
          .await(
              "service on the node whose application starts",
              PATIENCE,
              () ->
                  bench.cluster().serving().filter(bench.cluster().b()::equals).isPresent()
                      && Bench.isAlive(agentOf(bench)));
      bench.cluster().awaitProtected(PATIENCE);
      Files.writeString(bench.cluster().b().directory().resolve("works"), "yes");
      assertThat(bench.cluster().serving()).contains(bench.cluster().b());
      assertThat(bench.log(bench.cluster().a())).contains("start command");
    }
  }

  private static long agentOf(Bench bench) {
    try {
      return bench.cluster().a().agentPid();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/bash\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void aDirectoryInsideAnotherModulesIsRefused() throws Exception {
    Path launcher = TestLauncher.write(home.resolve("launcher"), List.of(), "");
    Path outer = Files.createDirectories(home.resolve("outer/inner"));
    Shell.run(launcher.toString(), "key", "generate", home.resolve("key").toString());
    Path file = home.resolve("lockstep.yaml");
    Files.writeString(file, configuration(outer.getParent(), outer));
    Shell.Result checked =
        Shell.attempt(
            launcher.toString(), "--config", file.toString(), "--node", "n1", "check-config");
    assertThat(checked.exitCode()).as(checked.output()).isNotZero();
    assertThat(checked.output()).contains(outer.toString());
  }

  private String configuration(Path first, Path second) {
    return """
        cluster: {name: nested, keyFile: %1$s, arbiter: none}
        nodes:
          n1: {link: 127.0.0.1:7400, heartbeats: [127.0.0.1:7401]}
          n2: {link: 127.0.0.2:7400, heartbeats: [127.0.0.2:7401]}
        journal: {directory: %2$s, maxSize: 1GiB, reserve: 64MiB}
        modules:
          one: {preferred: n1, directories: [{path: %3$s}]}
          two: {preferred: n1, directories: [{path: %4$s}]}
        """
        .formatted(quote(home.resolve("key").toString()), home.resolve("state"), first, second);
  }
}

package io.lockstep.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.Mounts;
import io.lockstep.demo.topology.RunDirectory;
import io.lockstep.demo.topology.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo as a person uses it: without options, on a terminal, with real agents and the dispatch
 * desk, ended with Ctrl-C.
 */
@OneAtATime
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class InteractiveTest {
  private static final char CONTROL_C = 3;

  @TempDir Path base;
  private Path screen;
  private Process terminal;

  @BeforeEach
  void start() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    assumeTrue(Shell.attempt("script", "--version").succeeded(), "needs script(1)");
    Path launcher = TestLauncher.write(base.resolve("bin"), List.of(), "export LOCKSTEP_HEAP=128m");
    List<String> words = new ArrayList<>(JavaProgram.command("256m", Demo.class.getName()));
    words.add(1, "-Dlockstep.launcher=" + launcher);
    String line = words.stream().map(Shell::quote).collect(Collectors.joining(" "));
    screen = base.resolve("screen");
    terminal =
        // what a shell starts in the background ignores Ctrl-C, and so would all that is below it
        new ProcessBuilder("env", "--default-signal=INT,QUIT", "script", "-qefc", line, "/dev/null")
            .redirectErrorStream(true)
            .redirectOutput(screen.toFile())
            .start();
  }

  @AfterEach
  void end() throws Exception {
    if (terminal != null) {
      terminal.descendants().forEach(ProcessHandle::destroy);
      if (!terminal.waitFor(60, TimeUnit.SECONDS)) {
        terminal.descendants().forEach(ProcessHandle::destroyForcibly);
        terminal.destroyForcibly();
      }
    }
  }

  private String shown() throws IOException {
    return Files.readString(screen);
  }

  /** The first group of what was printed, once it was. */
  private String found(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              Matcher matcher = compiled.matcher(shown());
              return matcher.find() ? matcher.group(1) : "";
            },
            text -> !text.isEmpty());
  }

  @Test
  void aPersonSeesWhatToBreakAndControlCRemovesEverything() throws Exception {
    String run = found("networks and nodes are ready in (\\S+)");
    String end = found("(Ctrl-C ends the cluster and removes everything)");
    assertThat(end).isNotEmpty();
    assertThat(shown())
        .contains("Things to break", "kill everything", "freeze, thaw", "cut off, heal");
    for (String node : List.of("desk-a", "desk-b")) {
      String console = found(node + "\\s+console (http://127\\.0\\.0\\.1:\\d+/)");
      Shell.Result page = Shell.attempt("curl", "-sf", console);
      assertThat(page.output()).as(console).contains("<html");
    }
    String call = found("(curl -i http://\\S+ -d '\\{[^']+')");
    assertThat(Shell.run("sh", "-c", call)).contains("201 Created");
    String pidFile = found("kill -9 \\$\\(cat (\\S+)\\)");
    long agent = Long.parseLong(Files.readString(Path.of(pidFile)).strip());
    assertThat(ProcessHandle.of(agent)).isPresent();
    found("PROTECTED.*\\((\\d+) calls acknowledged\\)");

    terminal.getOutputStream().write(CONTROL_C);
    terminal.getOutputStream().flush();
    assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).as("it ends: " + shown()).isTrue();
    assertThat(shown()).contains("removing everything").doesNotContain("not complete", "Exception");
    assertNothingLeft(Path.of(run), agent);
  }

  private static void assertNothingLeft(Path run, long agent) {
    String number = RunDirectory.BASE.relativize(run).toString();
    assertThat(run).doesNotExist();
    assertThat(Mounts.below(run)).isEmpty();
    assertThat(Shell.run("ip", "netns", "list")).doesNotContain("lsd" + number + "-");
    assertThat(Shell.run("ip", "-o", "link")).doesNotContain("lsd" + number);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> ProcessHandle.of(agent).filter(ProcessHandle::isAlive).isEmpty());
    assertThat(Shell.attempt("pgrep", "-f", run + "/").output()).as("processes").isBlank();
  }
}

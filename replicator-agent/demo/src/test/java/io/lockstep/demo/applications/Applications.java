package io.lockstep.demo.applications;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.bench.TestLauncher;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs real applications on the mount of a pair of real agents. An application counts as good if it
 * ended well, the pair was PROTECTED before and after it in one generation, and both trees are then
 * equal in everything that Lockstep promises.
 *
 * <pre>
 * Applications OUTPUT [NAME ...]
 *     OUTPUT: directory for the table and for what is prepared once
 * </pre>
 *
 * <p>Exit codes: 0 every one was good, 1 one was not, or could not run.
 */
public final class Applications {
  private static final Duration SETTLING = Duration.ofSeconds(60);
  private static final Duration LONGEST = Duration.ofMinutes(40);
  private static final int MANY_ROWS = 100;
  private static final String PATIENT =
      "timing: {heartbeat: 1s, takeoverAfter: 90s, ackTimeout: 80s, syncTimeout: 80s, hungAfter: 5m}";

  private final Bench bench;
  private final Path beside;
  private final int rows;

  /**
   * For a pair that is protected.
   *
   * @param beside a plain directory, not replicated, for what the scripts need
   * @param rows how much the databases of the sample get
   */
  Applications(Bench bench, Path beside, int rows) {
    this.bench = bench;
    this.beside = beside;
    this.rows = rows;
  }

  /**
   * Makes and starts a pair for applications. It is patient: what is asked is whether an
   * application notices the mount, not how soon a node is missed on a machine that is busy with
   * applications.
   */
  static Bench pair(Path home) throws IOException {
    Bench bench =
        Bench.open(
            Files.createDirectories(home),
            new Bench.Plan(0, 0, List.of(), "export LOCKSTEP_HEAP=256m", PATIENT));
    bench.start();
    return bench;
  }

  /** The programs that it needs and that are not here. */
  static List<String> missing(RealApplication application) {
    return application.commands().stream()
        .filter(command -> !Bench.shell("command -v " + quote(command)).succeeded())
        .toList();
  }

  /** What was wrong; empty if nothing. */
  List<String> run(RealApplication application) throws IOException {
    return run(application.script(), ". " + quote(scripts().resolve(application.script()) + ""));
  }

  private static Path scripts() {
    return TestLauncher.repository().resolve("replicator-agent/demo/src/test/applications");
  }

  /** The same for a script of a name of its own. */
  List<String> run(String name, String script) throws IOException {
    List<String> wrong = new ArrayList<>();
    Optional<String> before = generationWhileProtected();
    Path at = Files.createDirectory(bench.cluster().a().directory().resolve(name));
    Path scratch = Files.createDirectory(beside.resolve(name));
    perform(name, script, at, scratch).ifPresent(wrong::add);
    if (before.isEmpty() || !before.equals(generationWhileProtected())) {
      wrong.add("not PROTECTED all the time: " + bench.status(bench.cluster().a()));
    }
    wrong.addAll(bench.differences(SETTLING));
    Bench.shell("rm -rf \"$0\" \"$1\"", at, scratch);
    return wrong;
  }

  private Optional<String> generationWhileProtected() {
    return bench
        .status(bench.cluster().a())
        .filter(status -> status.word().equals("PROTECTED"))
        .map(AgentApi.ModuleStatus::generation);
  }

  private Optional<String> perform(String name, String script, Path at, Path scratch)
      throws IOException {
    Path output = beside.resolve(name + ".out");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(at.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Path repository = TestLauncher.repository();
    builder.environment().put("LOCKSTEP_REPOSITORY", repository.toString());
    builder.environment().put("LOCKSTEP_APPLICATIONS", scripts().toString());
    builder.environment().put("LOCKSTEP_SCRATCH", scratch.toString());
    builder.environment().put("LOCKSTEP_CACHE", repository.resolve("target/verify/cache") + "");
    builder.environment().put("LOCKSTEP_ROWS", Integer.toString(rows));
    Process process = builder.start();
    try {
      if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        return Optional.of("the script did not end: " + end(output));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IOException("interrupted", e);
    }
    int exit = process.exitValue();
    return exit == 0
        ? Optional.empty()
        : Optional.of("the script ended with %d: %s".formatted(exit, end(output)));
  }

  /** The last line that the script of one that was good printed; most print nothing. */
  private String said(RealApplication application) throws IOException {
    return end(beside.resolve(application.script() + ".out")).lines().reduce("", (a, b) -> b);
  }

  private static String end(Path output) throws IOException {
    String all = Files.readString(output, StandardCharsets.ISO_8859_1).strip();
    return all.substring(Math.max(0, all.length() - 4000));
  }

  /** Runs those that are named, or all, prints a table, and exits. */
  public static void main(String[] words) throws IOException {
    Path output = Files.createDirectories(Path.of(words[0]));
    List<String> wanted = List.of(words).subList(1, words.length);
    Path home = Files.createTempDirectory(Path.of("/var/tmp"), "lockstep-applications-");
    // the servers run as another user, who has to get there
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    boolean good = true;
    try (Bench bench = pair(home.resolve("pair"))) {
      Applications all =
          new Applications(bench, Files.createDirectory(home.resolve("beside")), MANY_ROWS);
      List<String> table = new ArrayList<>();
      for (RealApplication each : RealApplication.values()) {
        if (wanted.isEmpty() || wanted.contains(each.name())) {
          String row = all.row(each);
          good &= row.endsWith("  good");
          System.out.println(row);
          table.add(row);
        }
      }
      Files.write(output.resolve("table.txt"), table);
    } finally {
      Shell.attempt("rm", "-rf", "--one-file-system", home.toString());
    }
    System.exit(good ? 0 : 1);
  }

  private String row(RealApplication application) throws IOException {
    long since = System.nanoTime();
    List<String> missing = missing(application);
    List<String> wrong = missing.isEmpty() ? run(application) : List.of("needs " + missing);
    long seconds = Duration.ofNanos(System.nanoTime() - since).toSeconds();
    return "%-12s %5d s  %s"
        .formatted(
            application,
            seconds,
            wrong.isEmpty() ? said(application) + "  good" : "FAILED: " + wrong);
  }
}

package io.lockstep.demo.checker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two real agents that run an application of the test's own. */
@Timeout(240)
abstract class ApplicationPair {
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final String ENVIRONMENT =
      "export LOCKSTEP_HEAP=128m LOCKSTEP_JAVA_OPTIONS=\"-XX:TieredStopAtLevel=1"
          + " -XX:-AlwaysPreTouch\"\n";

  @TempDir Path base;

  @BeforeEach
  void needs() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
  }

  /** A pair that is not started yet. */
  Bench bench(String yaml) throws IOException {
    Bench.Plan plan = new Bench.Plan(0, 0, List.of(), ENVIRONMENT, yaml);
    return Bench.open(base.resolve("bench"), plan);
  }

  /** Starts both and waits until they are a pair. */
  static void start(Bench bench) {
    bench.start();
    bench.cluster().awaitProtected(PATIENCE);
  }

  /** A file that may be executed; its directory is made. */
  static Path script(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  static boolean serves(Bench bench, DemoNode node) {
    return bench.status(node).filter(AgentApi.ModuleStatus::serves).isPresent();
  }

  /** The node that serves now. */
  static DemoNode serving(Bench bench) {
    return serves(bench, bench.cluster().a()) ? bench.cluster().a() : bench.cluster().b();
  }

  /** The other one than that. */
  static DemoNode other(Bench bench, DemoNode node) {
    return node.equals(bench.cluster().a()) ? bench.cluster().b() : bench.cluster().a();
  }

  static String status(Bench bench, DemoNode node) {
    return bench.lockstep(node, bench.configuration(), "status").output();
  }
}

package io.lockstep.demo.applications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.demo.bench.Bench;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sample of the applications; {@code ./verify --applications} runs all, and longer. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ApplicationsTest {
  @TempDir static Path home;
  private static Bench bench;
  private static Applications applications;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(new File("/dev/fuse").canWrite(), "needs FUSE");
    bench = Applications.pair(home.resolve("pair"));
    applications = new Applications(bench, Files.createDirectory(home.resolve("beside")), 20);
  }

  @AfterAll
  static void end() throws Exception {
    if (bench != null) {
      bench.close();
    }
  }

  static List<RealApplication> sample() {
    return RealApplication.sample();
  }

  @ParameterizedTest
  @MethodSource("sample")
  void worksOnTheMountAndLeavesBothTreesEqual(RealApplication application) throws Exception {
    assumeTrue(Applications.missing(application).isEmpty(), "needs " + application.commands());
    assertThat(applications.run(application)).isEmpty();
  }

  @Test
  void whatAnApplicationFindsWrongIsTold() throws Exception {
    assertThat(applications.run("broken", "echo seen; exit 3"))
        .containsExactly("the script ended with 3: seen");
  }
}

package io.lockstep.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.lockstep.agent.planted.AgentThatKnowsAPlatform;
import io.lockstep.failover.planted.FailoverThatKnowsAPlatform;
import io.lockstep.failover.role.planted.ClockMachine;
import io.lockstep.platform.planted.PlatformThatKnowsFailover;
import io.lockstep.replicator.planted.CoreThatKnowsFailover;
import io.lockstep.replicator.volume.planted.VolumeWithItsOwnLock;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every arrow's rule finds a class that was planted against it. */
final class ArchitectureRulesTest {
  private static final JavaClasses PLANTED =
      new ClassFileImporter()
          .importClasses(
              CoreThatKnowsFailover.class,
              FailoverThatKnowsAPlatform.class,
              PlatformThatKnowsFailover.class,
              AgentThatKnowsAPlatform.class,
              ClockMachine.class,
              VolumeWithItsOwnLock.class);

  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of(ArchitectureTest.CORE_KNOWS_NOBODY, CoreThatKnowsFailover.class),
        Arguments.of(
            ArchitectureTest.FAILOVER_KNOWS_THE_CORE_ONLY, FailoverThatKnowsAPlatform.class),
        Arguments.of(
            ArchitectureTest.PLATFORMS_KNOW_THE_CORE_ONLY, PlatformThatKnowsFailover.class),
        Arguments.of(
            ArchitectureTest.THE_AGENT_FINDS_PLATFORMS_ONLY_BY_SERVICE_LOADER,
            AgentThatKnowsAPlatform.class),
        Arguments.of(ArchitectureTest.DECISIONS_ARE_PURE, ClockMachine.class),
        Arguments.of(
            ArchitectureTest.TIME_THREADS_AND_FILES_COME_FROM_EXECUTION_AND_DISK,
            VolumeWithItsOwnLock.class));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void findsWhatIsPlanted(ArchRule rule, Class<?> planted) {
    assertThat(rule.evaluate(PLANTED).getFailureReport().getDetails())
        .isNotEmpty()
        .allMatch(detail -> detail.contains(planted.getName()));
  }
}

package io.lockstep.agent;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;

/** The arrows between the modules run one way. */
@AnalyzeClasses(
    packages = "io.lockstep",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
final class ArchitectureTest {
  /** A module's tests come to others in a jar. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule CORE_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("io.lockstep.replicator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.lockstep.failover..", "io.lockstep.platform..", "io.lockstep.agent..");

  @ArchTest
  static final ArchRule FAILOVER_KNOWS_THE_CORE_ONLY =
      noClasses()
          .that()
          .resideInAPackage("io.lockstep.failover..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.lockstep.platform..", "io.lockstep.agent..");

  @ArchTest
  static final ArchRule PLATFORMS_KNOW_THE_CORE_ONLY =
      noClasses()
          .that()
          .resideInAPackage("io.lockstep.platform..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.lockstep.failover..", "io.lockstep.agent..");

  @ArchTest
  static final ArchRule THE_AGENT_FINDS_PLATFORMS_ONLY_BY_SERVICE_LOADER =
      noClasses()
          .that()
          .resideInAPackage("io.lockstep.agent..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.lockstep.platform..");

  @ArchTest
  static final ArchRule MODEL_AND_PORTS_KNOW_NO_LIBRARY =
      noClasses()
          .that()
          .resideInAnyPackage("io.lockstep.replicator.model..", "io.lockstep.replicator.port..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "net.openhft..", "com.sun.jna..");

  @ArchTest
  static final ArchRule CONFIGURATION_STANDS_ALONE =
      noClasses()
          .that()
          .resideInAPackage("io.lockstep.agent.configuration..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.lockstep.agent.api..", "io.lockstep.agent.cli..");

  @ArchTest
  static final ArchRule DECISIONS_ARE_PURE =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.lockstep.failover.role..",
              "io.lockstep.failover.contact..",
              "io.lockstep.failover.replay..",
              "io.lockstep.failover.arbiter")
          .or()
          .haveSimpleNameEndingWith("Machine")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "java.io..",
                      "java.net..",
                      "java.nio.channels..",
                      "java.nio.file..",
                      "java.util.concurrent..",
                      "org.slf4j..")
                  .or(
                      belongToAnyOf(
                          Thread.class, System.class, Clock.class, Instant.class, Random.class)))
          .orShould()
          .callMethod(UUID.class, "randomUUID");

  /** What the simulator runs; the classes named are the process around the modules. */
  @ArchTest
  static final ArchRule TIME_THREADS_AND_FILES_COME_FROM_EXECUTION_AND_DISK =
      noClasses()
          .that(
              resideInAnyPackage(
                      "io.lockstep.replicator.replication..",
                      "io.lockstep.replicator.reintegration..",
                      "io.lockstep.replicator.volume..",
                      "io.lockstep.replicator.state..",
                      "io.lockstep.replicator.journal..",
                      "io.lockstep.agent.node..")
                  .and(not(theProcessAround())))
          .should()
          .dependOnClassesThat(
              belongToAnyOf(
                  LockSupport.class,
                  CountDownLatch.class,
                  CompletableFuture.class,
                  ExecutorService.class,
                  BlockingQueue.class,
                  Random.class,
                  Files.class,
                  RandomAccessFile.class,
                  FileChannel.class))
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(UUID.class, "randomUUID")
          .orShould()
          .callMethod(Object.class, "wait")
          .orShould()
          .callMethod(Object.class, "wait", long.class)
          .orShould()
          .callMethod(Object.class, "notifyAll")
          .orShould()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callConstructorWhere(
              target(
                  owner(
                      belongToAnyOf(
                          Thread.class, ReentrantLock.class, ReentrantReadWriteLock.class))));

  private static DescribedPredicate<JavaClass> theProcessAround() {
    Pattern names =
        Pattern.compile(
            "io\\.lockstep\\.agent\\.node\\."
                + "(Node(Main|Runtime|Guard)|Vitals|StepDownTime|RuntimeControl|StatusReport|Retirement|Reconfiguration"
                + "|LastLines|Measured|DrillDesk)"
                + "(\\$.*)?");
    return DescribedPredicate.describe(
        "the process around the modules", type -> names.matcher(type.getName()).matches());
  }

  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_THE_MODULES =
      slices().matching("io.lockstep.(*)..").should().beFreeOfCycles();
}

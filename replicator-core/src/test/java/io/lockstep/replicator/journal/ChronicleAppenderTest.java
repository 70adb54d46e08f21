package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemDisk;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChronicleAppenderTest {
  @TempDir Path home;

  @Test
  void afterAWarmUpTheFirstSegmentOfAProcessHasNothingLeftToLoad() throws Exception {
    long cold = loadedByTheFirstSegment("cold");
    long warm = loadedByTheFirstSegment("warm");
    assertThat(cold).isGreaterThan(500);
    assertThat(warm).isLessThan(cold / 10);
  }

  @Test
  void aWarmUpLeavesNothingOfItsOwnOrOfOneThatWasKilled() throws IOException {
    Path scratch = Files.createDirectories(home.resolve("scratch"));
    Files.writeString(scratch.resolve("19700101.cq4"), "torn");
    ChronicleAppender.warmUp(new SystemDisk(), scratch);
    assertThat(home).isEmptyDirectory();
  }

  /** In a process of its own: in this one the queue was there long since. */
  private long loadedByTheFirstSegment(String how) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> each.startsWith("--add-"))
        .forEach(command::add);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(ChronicleAppenderTest.class.getName());
    command.add(Files.createDirectory(home.resolve(how)).toString());
    command.add(how);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    assertThat(process.waitFor()).isZero();
    return Long.parseLong(said.substring(said.lastIndexOf('\n') + 1));
  }

  /** Prints how many classes its first segment loads; with a warm-up or without. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    if (arguments[1].equals("warm")) {
      ChronicleAppender.warmUp(new SystemDisk(), directory.resolve("scratch"));
    }
    long before = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
    Path segment = Files.createDirectory(directory.resolve("segment"));
    try (ChronicleAppender first =
        new ChronicleAppender(new SystemDisk(), segment, ByteBuffer.allocateDirect(100))) {
      first.append();
    }
    long after = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
    System.out.println(after - before);
  }
}

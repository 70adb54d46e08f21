package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real commands, and witnesses on loopback. */
class CommandFencerTest {
  @TempDir private Path directory;

  private static CommandFencer fencer(String command, Duration timeout) {
    return new CommandFencer(command, Map.of("LOCKSTEP_PEER", "b"), Duration.ZERO, timeout);
  }

  @Test
  void onlyStatusZeroConfirms() {
    assertThat(fencer("exit 0", Duration.ofSeconds(60)).fence()).isNull();
    assertThat(fencer("exit 3", Duration.ofSeconds(60)).fence()).contains("status 3");
    assertThat(fencer("/no/such/command", Duration.ofSeconds(60)).fence()).contains("status 127");
  }

  @Test
  void commandIsToldWhomToFence() throws Exception {
    Path told = directory.resolve("told");
    assertThat(fencer("echo $LOCKSTEP_PEER >" + told, Duration.ofSeconds(60)).fence()).isNull();
    assertThat(Files.readString(told)).isEqualTo("b\n");
  }

  @Test
  void commandThatHangsConfirmsNothingAndIsEnded() {
    String mark = "86399." + ProcessHandle.current().pid();
    assertThat(fencer("sleep " + mark, Duration.ofSeconds(1)).fence()).contains("did not end");
    await()
        .until(
            () ->
                ProcessHandle.allProcesses()
                    .noneMatch(p -> p.info().commandLine().orElse("").contains(mark)));
  }

  @Test
  void aWitnessThatAcceptsOrRefusesShowsThatTheNetworkWorks() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int free;
    try (ServerSocket listening = new ServerSocket(0, 1, loopback)) {
      free = listening.getLocalPort();
      assertThat(witnesses(new InetSocketAddress(loopback, free)).isolated()).isNull();
    }
    assertThat(witnesses(new InetSocketAddress(loopback, free)).isolated()).isNull();
  }

  private static TcpWitnesses witnesses(InetSocketAddress address) {
    return new TcpWitnesses(List.of(address), Duration.ofMillis(500));
  }
}

package io.lockstep.agent.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.replicator.link.ClusterKey;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real directories, ports and interfaces of this machine; only what covers a directory is played.
 */
class MachineCheckTest {
  @TempDir Path home;
  private final PlayedPlatform platform = new PlayedPlatform();
  private int link;
  private int heartbeat;
  private int console;
  private String interfaceName = "lo";

  @BeforeEach
  void machine() throws Exception {
    home = home.toRealPath();
    Files.createDirectories(home.resolve("data"));
    ClusterKey.generate(home.resolve("key"));
    link = freeTcp();
    console = freeTcp();
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      heartbeat = socket.getLocalPort();
    }
  }

  private static int freeTcp() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private ClusterConfiguration configuration(String directories) throws Exception {
    return ClusterConfiguration.parse(
        "test",
        """
        cluster: {name: c, keyFile: %1$s/key}
        nodes:
          a: {link: "127.0.0.1:%2$d", heartbeats: ["127.0.0.1:%3$d"]}
          b: {link: "127.0.0.2:7400", heartbeats: ["127.0.0.2:7401"]}
        journal: {directory: %1$s/state}
        logs: {directory: %1$s/logs}
        console: {listen: "127.0.0.1:%4$d"}
        modules:
          desk:
            directories: %5$s
            addresses: [{ip: 10.9.9.9/24, interface: %6$s}]
        """
            .formatted(home, link, heartbeat, console, directories, interfaceName));
  }

  private ClusterConfiguration usual() throws Exception {
    return configuration("[{path: " + home + "/data}]");
  }

  private List<String> problems(ClusterConfiguration configuration) {
    return MachineCheck.before(platform, "a").problems(configuration);
  }

  @Test
  void aMachineThatIsRightHasNoProblemAndNothingIsLeftOnIt() throws Exception {
    assertThat(problems(usual())).isEmpty();
    assertThat(home.resolve("state")).as("nothing is made").doesNotExist();
    assertThat(problems(usual())).as("no port stays taken").isEmpty();
  }

  @Test
  void eachPortInUseIsNamedAndAllAtOnce() throws Exception {
    try (ServerSocket one = new ServerSocket(link, 1, InetAddress.getLoopbackAddress());
        ServerSocket two = new ServerSocket(console, 1, InetAddress.getLoopbackAddress());
        DatagramSocket three =
            new DatagramSocket(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), heartbeat))) {
      assertThat(problems(usual()))
          .hasSize(3)
          .anyMatch(p -> p.startsWith("nodes.a.link: TCP port 127.0.0.1:" + one.getLocalPort()))
          .anyMatch(p -> p.startsWith("console.listen: TCP port") && p.contains("in use"))
          .anyMatch(p -> p.startsWith("nodes.a.heartbeats[0]: UDP port") && p.contains("in use"))
          .allMatch(p -> p.contains("stop it, or configure another port"));
      assertThat(two.isBound() && three.isBound()).isTrue();
      assertThat(MachineCheck.during(platform, "a", usual()).problems(usual()))
          .as("a running agent holds them itself")
          .isEmpty();
    }
  }

  @Test
  void aDirectoryThatIsMissingOrAFile() throws Exception {
    Files.writeString(home.resolve("file"), "");
    assertThat(problems(configuration("[{path: %1$s/none}, {path: %1$s/file}]".formatted(home))))
        .containsExactly(
            "modules.desk.directories[0].path: "
                + home
                + "/none does not exist: create it, or correct the path",
            "modules.desk.directories[1].path: " + home + "/file is not a directory");
  }

  private ClusterConfiguration withUnit(String script, String application) throws Exception {
    Path systemctl = Files.writeString(home.resolve("systemctl"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
    String directories = "[{path: " + home + "/data}]";
    return configuration(
        directories
            + "\n    application: "
            + application.replace("CTL", "systemctl: " + systemctl));
  }

  @Test
  void aUnitThatIsNotThereOrWouldLeaveProcessesIsRefused() throws Exception {
    String unit = "{unit: desk.service, CTL}";
    String good = "echo LoadState=loaded; echo KillMode=mixed; echo UnitFileState=enabled";
    assertThat(problems(withUnit(good, unit))).as("enabled is a warning in status").isEmpty();
    assertThat(problems(withUnit("echo LoadState=not-found", unit)))
        .containsExactly(
            "modules.desk.application.unit: systemd has no unit desk.service (not-found)");
    assertThat(problems(withUnit("echo LoadState=loaded; echo KillMode=none", unit)))
        .singleElement()
        .asString()
        .contains("KillMode=none");
    assertThat(
            problems(
                withUnit(
                    "echo System has not been booted with systemd; exit 1",
                    "{steps: [{name: db, start: {run: x}, stop: {run: x}}, {name: app, unit:"
                        + " desk.service}], CTL}")))
        .singleElement()
        .asString()
        .startsWith(
            "modules.desk.application.steps[1].unit: systemd does not answer on this machine: ")
        .endsWith("show desk.service ended with 1: System has not been booted with systemd");
    assertThat(
            problems(
                configuration(
                    "[{path: "
                        + home
                        + "/data}]\n    application: {unit: d.service, systemctl: /no/ctl}")))
        .singleElement()
        .asString()
        .contains("/no/ctl");
  }

  @Test
  void whatTheStoreRefusesIsTold() throws Exception {
    platform.refuses = "another mount lies inside it";
    assertThat(problems(usual()))
        .containsExactly("modules.desk.directories[0].path: another mount lies inside it");
  }

  @Test
  void aRunningAgentDoesNotTakeADirectoryThatIsCovered() throws Exception {
    platform.covered = Platform.Cover.INTERCEPTED;
    assertThat(problems(usual())).as("opening takes a leftover away").isEmpty();
    ClusterConfiguration other =
        configuration("[{path: " + Files.createDirectories(home.resolve("more")) + "}]");
    assertThat(MachineCheck.during(platform, "a", usual()).problems(other))
        .singleElement()
        .asString()
        .contains("covered by a mount of Lockstep that is not this agent's");
  }

  @Test
  void directoriesThatOnlyLinksBringTogether() throws Exception {
    Files.createDirectories(home.resolve("data/inner"));
    Path link = Files.createSymbolicLink(home.resolve("elsewhere"), home.resolve("data/inner"));
    assertThat(problems(configuration("[{path: %s/data}, {path: %s}]".formatted(home, link))))
        .singleElement()
        .asString()
        .contains("on this machine it is " + home + "/data/inner")
        .contains("neither may hold the other");
    Files.createSymbolicLink(home.resolve("state"), Path.of("data/inner"));
    assertThat(problems(usual())).singleElement().asString().contains("journal.directory is");
  }

  @Test
  void interfaceKeyFileAndPlacesThatAreNotThere() throws Exception {
    interfaceName = "lo-not";
    Files.delete(home.resolve("key"));
    Files.writeString(home.resolve("logs"), "a file in the way");
    assertThat(problems(usual()))
        .hasSize(3)
        .anyMatch(p -> p.contains("no interface 'lo-not'; it has [") && p.contains("lo"))
        .anyMatch(p -> p.startsWith("cluster.keyFile: "))
        .anyMatch(p -> p.startsWith("logs.directory: "));
  }
}

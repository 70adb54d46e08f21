package io.lockstep.agent.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.replicator.link.ClusterKey;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.Platform.Cover;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** FUSE mounts whose server is gone, on this machine: needs root and /dev/fuse. */
class DeadMountTest {
  @TempDir Path home;
  private Path data;
  private Platform platform;

  @BeforeEach
  void machine() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "needs /dev/fuse");
    home = home.toRealPath();
    data = Files.createDirectories(home.resolve("data"));
    ClusterKey.generate(home.resolve("key"));
    platform =
        ServiceLoader.load(Platform.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(Platform::current)
            .findFirst()
            .orElseThrow();
  }

  @AfterEach
  void unmount() throws Exception {
    if (data != null) {
      new ProcessBuilder("umount", "-l", data.toString()).start().waitFor();
    }
  }

  /** The shell that has the device open ends, and leaves the mount without a server. */
  private void deadMount(String type) throws Exception {
    String line =
        "exec 3<>/dev/fuse; mount -i -t "
            + type
            + " -o fd=3,rootmode=40000,user_id=0,group_id=0 test '"
            + data
            + "'";
    assertThat(new ProcessBuilder("sh", "-c", line).inheritIO().start().waitFor()).isZero();
  }

  private List<String> problems() throws Exception {
    return MachineCheck.before(platform, "a")
        .problems(
            ClusterConfiguration.parse(
                "test",
                """
                cluster: {name: c, keyFile: %1$s/key}
                nodes:
                  a: {link: "198.51.100.1:7400", heartbeats: ["198.51.100.1:7401"]}
                  b: {link: "198.51.100.2:7400", heartbeats: ["198.51.100.2:7401"]}
                journal: {directory: %1$s/state}
                logs: {directory: %1$s/logs}
                console: {listen: "127.0.0.1:39517"}
                modules: {desk: {directories: [{path: %1$s/data}]}}
                """
                    .formatted(home)));
  }

  @Test
  void anotherProgramsIsRefusedAndLeftAlone() throws Exception {
    deadMount("fuse.other");
    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith("modules.desk.directories[0].path: " + data)
        .contains("does not answer and is not Lockstep's", "findmnt");
    assertThat(platform.cover(data)).isEqualTo(Cover.FOREIGN);
  }

  @Test
  void lockstepsOwnIsTakenAway() throws Exception {
    Files.writeString(data.resolve("file"), "below");
    deadMount("fuse.lockstep");
    assertThat(problems()).isEmpty();
    platform.uncover(data);
    assertThat(data.resolve("file")).hasContent("below");
    assertThat(platform.cover(data)).isEqualTo(Cover.NONE);
  }
}

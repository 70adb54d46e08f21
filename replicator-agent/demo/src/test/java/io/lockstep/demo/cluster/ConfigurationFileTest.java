package io.lockstep.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
  @TempDir Path home;

  private JsonNode write(Optional<Path> override) throws Exception {
    Path file = home.resolve("lockstep.yaml");
    Application application = new Application(Application.Kind.SQLITE, home.resolve("app"), 3, 1);
    ConfigurationFile.write(
        file,
        new ConfigurationFile.Plan(
            home,
            3,
            List.of(Path.of("/data/a"), Path.of("/data/b")),
            Timings.DEMO,
            Optional.of(application),
            override));
    return new YAMLMapper().readTree(file.toFile());
  }

  @Test
  void bothNodesHaveTheirOwnDirectoriesAndAddressesInOneFile() throws Exception {
    JsonNode root = write(Optional.empty());
    JsonNode module = root.at("/modules/desk");
    assertThat(module.at("/directories/0/path/desk-b").asText()).isEqualTo("/data/b");
    assertThat(root.at("/nodes/desk-b/link").asText()).isEqualTo("10.213.3.2:7400");
    assertThat(root.at("/nodes/desk-a/heartbeats")).hasSize(2);
    assertThat(root.at("/console/listen/desk-a").asText()).isEqualTo("10.215.3.2:7443");
    assertThat(module.at("/addresses/1/ip").asText()).isEqualTo("fd6c:6f63:6b00:3::50/64");
    assertThat(root.at("/timing/takeoverAfter").asText()).isEqualTo("2000ms");
    assertThat(module.at("/application/stop/thenKill").asBoolean()).isTrue();
  }

  @Test
  void theUsersKeysWinAndTheOthersStay() throws Exception {
    Path override = home.resolve("override.yaml");
    Files.writeString(
        override, "timing: {takeoverAfter: 30s}\nmodules: {desk: {preferred: desk-b}}");
    JsonNode root = write(Optional.of(override));
    assertThat(root.at("/timing/takeoverAfter").asText()).isEqualTo("30s");
    assertThat(root.at("/timing/heartbeat").asText()).isEqualTo("200ms");
    assertThat(root.at("/modules/desk/preferred").asText()).isEqualTo("desk-b");
    assertThat(root.at("/modules/desk/directories")).hasSize(1);
  }
}

package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.application.Unit;
import io.lockstep.replicator.execution.SystemExecution;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator is warned of a unit that is enabled at boot, as long as it is. */
class UnitWatchTest {
  @TempDir Path home;

  @Test
  void aUnitThatIsEnabledAtBootIsWarnedOfUntilItIsNot() throws Exception {
    Path systemctl =
        Files.writeString(
            home.resolve("systemctl"),
            "#!/bin/sh\necho LoadState=loaded; echo UnitFileState=$(cat " + home + "/state)\n");
    Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Unit> units = List.of(new Unit(systemctl.toString(), "desk.service"));
    Files.writeString(home.resolve("state"), "enabled");
    try (UnitWatch watch = new UnitWatch(new SystemExecution())) {
      watch.look(units, Duration.ofMillis(50));
      await().until(() -> watch.warning().contains("desk.service is enabled at boot"));
      Files.writeString(home.resolve("state"), "disabled");
      await().until(() -> watch.warning().isEmpty());
      Files.delete(systemctl);
      await().until(() -> watch.warning().contains("systemctl"));
      watch.look(List.of(), Duration.ofMillis(50));
      assertThat(watch.warning()).isEmpty();
    }
  }
}

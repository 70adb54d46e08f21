package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of the words of {@code systemctl show}. */
class UnitStatusTest {
  private static UnitStatus status(String active, String enabled, String killMode) {
    return UnitStatus.of(
        List.of(
            "LoadState=loaded",
            "ActiveState=" + active,
            "SubState=sub",
            "Result=exit-code",
            "UnitFileState=" + enabled,
            "KillMode=" + killMode));
  }

  @ParameterizedTest
  @CsvSource({
    "active, true, false",
    "reloading, true, false",
    "activating, false, false",
    "deactivating, false, false",
    "inactive, false, true",
    "failed, false, true",
    "'', false, false"
  })
  void itRunsOrIsOverOrNeither(String active, boolean runs, boolean over) {
    UnitStatus status = status(active, "disabled", "control-group");
    assertThat(status.runs()).isEqualTo(runs);
    assertThat(status.over()).isEqualTo(over);
  }

  @Test
  void oneThatRunsAtBootIsWarnedOf() {
    assertThat(status("active", "disabled", "mixed").warning("db.service")).isEmpty();
    assertThat(status("active", "static", "mixed").warning("db.service")).isEmpty();
    assertThat(status("active", "enabled", "mixed").warning("db.service"))
        .contains("enabled at boot")
        .contains("systemctl disable db.service");
  }

  @Test
  void oneThatIsNotThereOrLeavesProcessesIsRefused() {
    assertThat(status("active", "disabled", "mixed").hindrances("x")).isEmpty();
    assertThat(status("active", "disabled", "process").hindrances("db.service"))
        .singleElement()
        .asString()
        .contains("KillMode=process");
    assertThat(UnitStatus.of(List.of("LoadState=not-found")).hindrances("db.service"))
        .containsExactly("systemd has no unit db.service (not-found)");
    assertThat(UnitStatus.of(List.of()).hindrances("db.service")).hasSize(1);
  }

  @Test
  void whyItDoesNotRunIsTold() {
    assertThat(status("failed", "", "").told()).isEqualTo("it is failed (sub, exit-code)");
  }
}

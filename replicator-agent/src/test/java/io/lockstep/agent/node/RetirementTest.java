package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetirementTest {
  @TempDir Path state;

  @Test
  void theMarkOfAModuleGoesWithItsConfiguration() throws Exception {
    Files.writeString(Retirement.mark(state, "desk"), "");
    Files.writeString(Retirement.mark(state, "mail"), "");
    Retirement.forgetMarks(state, Set.of("desk"));
    assertThat(Retirement.mark(state, "desk")).exists();
    assertThat(Retirement.mark(state, "mail")).doesNotExist();
  }
}

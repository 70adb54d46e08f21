package io.lockstep.agent.why;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.Role;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final Instant T = Instant.parse("2026-11-26T14:03:00Z");

  private static Decision decision(long second, Role before, Role after, String because) {
    return new Decision(T.plusSeconds(second), before, after, "PeerSilent[silentNs=5]", because);
  }

  private static final List<Decision> DECISIONS =
      List.of(
          decision(0, Role.WAITING, Role.SECONDARY, "follows the peer"),
          decision(7, Role.SECONDARY, Role.SECONDARY, "not in sync: never on silence"),
          decision(19, Role.SECONDARY, Role.TAKING_OVER, "granted: this node takes over"));

  @Test
  void itTellsWhatDidNotHappenAndWhy() {
    assertThat(Explanation.of("b", DECISIONS, T.plusSeconds(8), 10))
        .containsExactly(
            "b was SECONDARY at 2026-11-26T14:03:08Z, since 2026-11-26T14:03:00Z: follows the peer.",
            "  14:03:00.000  became SECONDARY from WAITING on PeerSilent[silentNs=5]: follows the peer",
            "  14:03:07.000  stayed SECONDARY on PeerSilent[silentNs=5]: not in sync: never on silence");
  }

  @Test
  void theNewestAreToldAndTheRoleHoldsAllTheSame() {
    assertThat(Explanation.of("b", DECISIONS, T.plusSeconds(18), 1))
        .hasSize(2)
        .first()
        .asString()
        .contains("SECONDARY", "follows the peer");
    assertThat(Explanation.of("b", DECISIONS, T.plusSeconds(19), 10)).hasSize(4);
  }

  @Test
  void beforeTheFirstNothingIsKnown() {
    assertThat(Explanation.of("b", DECISIONS, T.minusSeconds(1), 10))
        .containsExactly("Nothing is recorded of b until 2026-11-26T14:02:59Z.");
  }

  @Test
  void aLineIsReadAsItWasWrittenAndHalfOfItIsNot() {
    Decision odd =
        new Decision(T, Role.PRIMARY, Role.BLOCKED, "LinkDown[reason=a\tb\nc]", "no\twrites");
    String line = odd.line();
    assertThat(Decision.of(line))
        .contains(
            new Decision(T, Role.PRIMARY, Role.BLOCKED, "LinkDown[reason=a b c]", "no writes"));
    assertThat(Decision.of(line.substring(0, 30))).isEmpty();
    assertThat(Decision.of(line.replace("PRIMARY", "KING"))).isEmpty();
  }
}

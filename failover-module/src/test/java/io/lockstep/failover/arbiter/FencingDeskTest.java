package io.lockstep.failover.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.model.Generation;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Nobody serves without the peer's consent, its confirmed end, or an own record of running alone.
 */
class FencingDeskTest {
  private int fenced;
  private String doubt;
  private final FencingDesk desk =
      new FencingDesk(
          new FencingDesk.Fencer() {
            @Override
            public String fence() {
              fenced++;
              return doubt;
            }

            @Override
            public String describe() {
              return "test";
            }
          });

  private boolean consents;

  private Claim claim(boolean alone, boolean eligible, boolean contact) {
    return new Claim(
        new UUID(0, 1),
        null,
        new Generation(0, 1),
        Set.of(),
        alone,
        eligible,
        contact,
        consents,
        false);
  }

  @Test
  void aRunningNodeServesAloneOnlyAfterTheFence() {
    assertThat(desk.ask(Question.ALONE, claim(false, false, true)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, true, false)))
        .isInstanceOf(RoleInput.Granted.class);
    // in sync, and the link still up: the peer is alive for all that is known
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, true, true)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(fenced).isEqualTo(3);
    doubt = "status 1";
    assertThat(desk.ask(Question.ALONE, claim(false, false, true)))
        .isInstanceOf(RoleInput.Unknown.class);
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, true, false)))
        .isInstanceOf(RoleInput.Unknown.class);
  }

  /** The peer is slow, or its disk is full: it said that it will not take over, and lives on. */
  @Test
  void aPeerThatGaveWayIsNotFenced() {
    consents = true;
    assertThat(desk.ask(Question.ALONE, claim(false, false, true)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(fenced).isZero();
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, true, false)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(fenced).as("whoever takes over has nobody's consent").isEqualTo(1);
  }

  @Test
  void afterAColdStartANodeWaitsForAll() {
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, false, false)))
        .isInstanceOf(RoleInput.Refused.class);
    assertThat(desk.ask(Question.TAKE_OVER, claim(true, false, false)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(desk.ask(Question.TAKE_OVER, claim(false, false, true)))
        .isInstanceOf(RoleInput.Granted.class);
    assertThat(fenced).isZero();
  }

  @Test
  void aNodeCutOffFromItsWitnessesIsGrantedNothing() {
    String[] isolated = {"no witness answers"};
    try (WitnessDesk witnessed = new WitnessDesk(WitnessDesk.granting(), () -> isolated[0])) {
      for (Question question : new Question[] {Question.ALONE, Question.TAKE_OVER}) {
        assertThat(witnessed.ask(question, claim(false, true, false)))
            .isInstanceOf(RoleInput.Unknown.class);
      }
      assertThat(witnessed.ask(Question.ADMIT_PEER, claim(false, true, false)))
          .isInstanceOf(RoleInput.Granted.class);
      isolated[0] = null;
      assertThat(witnessed.ask(Question.ALONE, claim(false, true, false)))
          .isInstanceOf(RoleInput.Granted.class);
    }
  }
}

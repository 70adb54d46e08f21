package io.lockstep.failover.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.ArbiterPolicy.Ruling;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every question against every kind of record, and the rules that hold for all of them. */
class ArbiterPolicyTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final Generation G1 = new Generation(0, 11);
  private static final Generation G2 = new Generation(0, 12);

  /** A asks; its copy is in G2, which came from G1. */
  private static Claim claim(boolean alone, boolean contact) {
    return new Claim(A, B, G2, Set.of(G1, G2), alone, true, contact, false, false);
  }

  private static InSyncRecord record(String text) {
    return switch (text) {
      case "none" -> InSyncRecord.NONE;
      case "A:AB" -> new InSyncRecord(7, G2, A, Set.of(A, B), 3);
      case "A:A" -> new InSyncRecord(7, G2, A, Set.of(A), 3);
      case "A:AB,parent" -> new InSyncRecord(7, G1, A, Set.of(A, B), 3);
      case "A:AB,newer" -> new InSyncRecord(7, new Generation(0, 13), A, Set.of(A, B), 3);
      case "B:AB" -> new InSyncRecord(7, G2, B, Set.of(A, B), 3);
      case "B:B" -> new InSyncRecord(7, G2, B, Set.of(B), 3);
      default -> throw new IllegalArgumentException(text);
    };
  }

  @ParameterizedTest(name = "{0} on {1} (alone {2}, contact {3}) is {4}")
  @CsvSource({
    "TAKE_OVER, none, false, false, refused",
    "TAKE_OVER, none, true, false, A:A 1",
    "TAKE_OVER, none, false, true, A:A 1",
    "TAKE_OVER, A:AB, false, false, A:A 8",
    "TAKE_OVER, A:A, true, false, A:A 8",
    "TAKE_OVER, 'A:AB,parent', false, false, A:A 8",
    "TAKE_OVER, 'A:AB,newer', false, false, refused",
    "TAKE_OVER, B:AB, false, false, A:A 8",
    "TAKE_OVER, B:B, false, false, refused",
    "TAKE_OVER, B:B, true, true, refused",
    "ALONE, none, false, false, A:A 1",
    "ALONE, A:AB, false, false, A:A 8",
    "ALONE, A:A, false, false, A:A 8",
    "ALONE, 'A:AB,newer', false, false, refused",
    "ALONE, B:AB, false, false, refused",
    "ALONE, B:B, false, false, refused",
    "ADMIT_PEER, none, false, true, A:AB 1",
    "ADMIT_PEER, A:AB, false, true, A:AB 7",
    "ADMIT_PEER, A:A, false, true, A:AB 7",
    "ADMIT_PEER, B:AB, false, true, refused",
    "ADMIT_PEER, B:B, false, true, refused",
    "FORCE, none, false, false, A:A 1",
    "FORCE, B:B, false, false, A:A 8",
    "PROBE, B:B, false, false, granted",
    "PROBE, none, false, false, granted",
    "WITHDRAW, B:B, false, false, refused",
    "WITHDRAW, A:A, false, false, granted"
  })
  void row(Question question, String current, boolean alone, boolean contact, String expected) {
    Ruling ruling = ArbiterPolicy.rule(question, claim(alone, contact), record(current), null);
    assertThat(say(ruling)).isEqualTo(expected);
  }

  @Test
  void everyQuestionIsInTheTable() throws Exception {
    String rows =
        String.join(
            " ",
            ArbiterPolicyTest.class
                .getDeclaredMethod(
                    "row", Question.class, String.class, boolean.class, boolean.class, String.class)
                .getAnnotation(CsvSource.class)
                .value());
    for (Question question : Question.values()) {
      assertThat(rows).contains(question + ",");
    }
  }

  private static String say(Ruling ruling) {
    if (ruling instanceof Ruling.Swap swap) {
      InSyncRecord r = swap.wanted();
      String members = (r.inSync().contains(A) ? "A" : "") + (r.inSync().contains(B) ? "B" : "");
      return (r.primary().equals(A) ? "A" : "B") + ":" + members + " " + r.view();
    }
    return ruling instanceof Ruling.Grant ? "granted" : "refused";
  }

  @Test
  void whatWasGivenUpIsRestoredAsItWas() {
    InSyncRecord before = record("B:AB");
    InSyncRecord landed = new InSyncRecord(8, G2, A, Set.of(A), 4);
    assertThat(say(ArbiterPolicy.rule(Question.WITHDRAW, claim(false, false), landed, before)))
        .isEqualTo("B:AB 9");
    // not landed: changed all the same, so that it cannot land late
    assertThat(say(ArbiterPolicy.rule(Question.WITHDRAW, claim(false, false), before, before)))
        .isEqualTo("B:AB 8");
    // meanwhile the peer went on alone: nothing of this node's is in the record
    assertThat(
            say(ArbiterPolicy.rule(Question.WITHDRAW, claim(false, false), record("B:B"), before)))
        .isEqualTo("refused");
    Claim notInSync = new Claim(A, B, G2, Set.of(G1), false, false, false, false, false);
    assertThat(say(ArbiterPolicy.rule(Question.WITHDRAW, notInSync, landed, before)))
        .isEqualTo("B:B 9");
  }

  /** A asks; B serves in the generation of A's copy. */
  private static String withdraws(boolean eligible, InSyncRecord current, InSyncRecord before) {
    Claim claim = new Claim(A, B, G2, Set.of(G1), false, eligible, true, false, true);
    return say(ArbiterPolicy.rule(Question.WITHDRAW, claim, current, before));
  }

  @Test
  void whatWasBeforeIsNotNeededWhereThePeerServesThisHistory() {
    assertThat(withdraws(true, record("A:A"), null)).isEqualTo("B:AB 8");
    assertThat(withdraws(false, record("A:A"), null)).isEqualTo("B:B 8");
    // granted twice: what was before the second time was this node's own already
    assertThat(withdraws(true, record("A:A"), record("A:A"))).isEqualTo("B:AB 8");
    assertThat(withdraws(true, record("A:A"), record("B:AB"))).isEqualTo("B:AB 8");
    // nobody but the one it names changes the record
    assertThat(withdraws(true, record("B:B"), null)).isEqualTo("refused");
    assertThat(withdraws(true, record("none"), null)).isEqualTo("refused");
    Claim alone = new Claim(A, null, G2, Set.of(G1), false, true, false, false, true);
    assertThat(say(ArbiterPolicy.rule(Question.WITHDRAW, alone, record("A:A"), null)))
        .isEqualTo("granted");
  }

  /** Over all small records: nobody is promoted from outside the set or from an older copy. */
  @Test
  void onlyMembersOfTheRecordedGenerationArePromoted() {
    List<InSyncRecord> all = new ArrayList<>();
    for (UUID primary : List.of(A, B)) {
      for (Set<UUID> set : List.of(Set.of(A), Set.of(B), Set.of(A, B))) {
        for (Generation g : List.of(G1, G2, new Generation(0, 13))) {
          all.add(new InSyncRecord(3, g, primary, set, 1));
        }
      }
    }
    for (InSyncRecord current : all) {
      for (Question question : List.of(Question.TAKE_OVER, Question.ALONE)) {
        for (boolean alone : new boolean[] {false, true}) {
          Ruling ruling = ArbiterPolicy.rule(question, claim(alone, true), current, null);
          boolean may =
              current.inSync().contains(A)
                  && (current.generation().equals(G1) || current.generation().equals(G2))
                  && (question == Question.TAKE_OVER || current.primary().equals(A));
          assertThat(ruling instanceof Ruling.Swap).as(question + " " + current).isEqualTo(may);
          if (ruling instanceof Ruling.Swap swap) {
            assertThat(swap.wanted().inSync()).containsExactly(A);
            assertThat(swap.wanted().view()).isGreaterThan(current.view());
          }
        }
      }
    }
  }
}

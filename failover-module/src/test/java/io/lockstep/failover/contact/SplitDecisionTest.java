package io.lockstep.failover.contact;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The policies of a split, as both nodes decide by them at contact. */
class SplitDecisionTest {
  private static final Generation G1 = new Generation(0, 1);

  private static ContactRecord record(long id, DataState data, boolean verify, SplitBallot ballot) {
    Generation own = new Generation(id, id);
    return new ContactRecord(
            "c",
            "m",
            new UUID(0, id),
            own,
            List.of(new Ancestor(own, G1, 10), new Ancestor(G1, Generation.NONE, 0)),
            Role.ALONE,
            true,
            data,
            false,
            false,
            false,
            verify,
            20,
            8,
            6,
            5,
            true,
            new UUID(0, 3 - id),
            0,
            Generation.NONE,
            Set.of())
        .with(ballot);
  }

  private static Side keeps(ContactRecord a, ContactRecord b) {
    ContactVerdict.Split mine = (ContactVerdict.Split) FirstContact.decide(a, b);
    ContactVerdict.Split theirs = (ContactVerdict.Split) FirstContact.decide(b, a);
    assertThat(theirs).as("both nodes decide alike").isEqualTo(mine.mirrored());
    return mine.keeps();
  }

  private static Side keeps(SplitBallot a, SplitBallot b) {
    return keeps(
        record(1, DataState.UP_TO_DATE, false, a), record(2, DataState.UP_TO_DATE, false, b));
  }

  private static SplitBallot ballot(SplitPolicy policy, long since, long changed, boolean named) {
    return new SplitBallot(policy, since, changed, named);
  }

  @Test
  void byDefaultAnOperatorDecides() {
    assertThat(keeps(SplitBallot.NONE, SplitBallot.NONE)).isNull();
    SplitBallot manual = ballot(SplitPolicy.MANUAL, 5, 5, true);
    assertThat(keeps(manual, ballot(SplitPolicy.MANUAL, 9, 9, false))).isNull();
  }

  @Test
  void newerPrimaryIsTheOneThatBeganToServeLast() {
    SplitPolicy policy = SplitPolicy.KEEP_NEWER_PRIMARY;
    SplitBallot early = ballot(policy, 1_000, 99, true);
    SplitBallot late = ballot(policy, 1_001, 0, false);
    assertThat(keeps(early, late)).isEqualTo(Side.PEER);
    assertThat(keeps(late, early)).isEqualTo(Side.ME);
    assertThat(keeps(late, late)).as("a tie").isNull();
    assertThat(keeps(late, ballot(policy, 0, 0, false))).as("unknown").isNull();
  }

  @Test
  void mostChangesCountsWhatIsKnown() {
    SplitPolicy policy = SplitPolicy.KEEP_MOST_CHANGES;
    SplitBallot less = ballot(policy, 9, 4096, true);
    SplitBallot more = ballot(policy, 1, 4097, false);
    assertThat(keeps(less, more)).isEqualTo(Side.PEER);
    assertThat(keeps(more, less)).isEqualTo(Side.ME);
    assertThat(keeps(less, less)).as("a tie").isNull();
    assertThat(keeps(less, ballot(policy, 9, SplitBallot.UNKNOWN, false))).as("unknown").isNull();
  }

  @Test
  void namedNodeIsKeptIfItIsOne() {
    SplitBallot named = ballot(SplitPolicy.KEEP_NODE, 1, 1, true);
    SplitBallot other = ballot(SplitPolicy.KEEP_NODE, 9, 9, false);
    assertThat(keeps(other, named)).isEqualTo(Side.PEER);
    assertThat(keeps(named, other)).isEqualTo(Side.ME);
    assertThat(keeps(named, named)).isNull();
    assertThat(keeps(other, other)).isNull();
  }

  @Test
  void nodesOfDifferentPoliciesAskAnOperator() {
    List<SplitBallot> ballots = new ArrayList<>();
    for (SplitPolicy policy : SplitPolicy.values()) {
      ballots.add(ballot(policy, 9, 9, true));
      assertThat(SplitPolicy.of(policy.word())).isEqualTo(policy);
    }
    for (SplitBallot one : ballots) {
      for (SplitBallot other : ballots) {
        if (one.policy() != other.policy()) {
          assertThat(keeps(one, other)).isNull();
        }
      }
    }
  }

  /** Not even the whole one is chosen: the other may hold what nobody has any more. */
  @Test
  void aCopyThatIsNotWholeIsForAnOperator() {
    for (SplitPolicy policy : SplitPolicy.values()) {
      SplitBallot better = ballot(policy, 9, 9, true);
      SplitBallot worse = ballot(policy, 1, 1, false);
      ContactRecord whole = record(1, DataState.UP_TO_DATE, false, better);
      assertThat(keeps(whole, record(2, DataState.INCONSISTENT, false, worse))).isNull();
      assertThat(keeps(whole, record(2, DataState.UP_TO_DATE, true, worse))).isNull();
    }
  }

  @Test
  void theBallotTravelsAndARecordWithoutOneIsOfAnOperator() {
    SplitBallot ballot = ballot(SplitPolicy.KEEP_NODE, 123_456_789_012L, 77, true);
    ContactRecord record = record(1, DataState.UP_TO_DATE, false, ballot);
    byte[] bytes = ContactCodec.encode(record);
    assertThat(ContactCodec.decode(ByteBuffer.wrap(bytes))).isEqualTo(record);
    ByteBuffer before = ByteBuffer.wrap(bytes, 0, bytes.length - 18);
    assertThat(ContactCodec.decode(before)).isEqualTo(record.with(SplitBallot.NONE));
  }
}

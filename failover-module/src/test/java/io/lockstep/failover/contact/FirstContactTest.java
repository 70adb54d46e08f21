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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import org.junit.jupiter.api.Test;

class FirstContactTest {
  private static final Generation G1 = new Generation(0, 1);
  private static final Generation G2 = new Generation(0, 2);
  private static final Generation G3 = new Generation(0, 3);
  private static final UUID A = new UUID(1, 1);
  private static final UUID B = new UUID(1, 2);

  /** A record with only what a row is about. */
  private static final class Node {
    String cluster = "c";
    UUID id = A;
    Generation generation = G1;
    List<Ancestor> history = new ArrayList<>(List.of(new Ancestor(G1, Generation.NONE, 0)));
    Role role = Role.WAITING;
    boolean wasPrimary;
    DataState data = DataState.CONSISTENT;
    boolean clean;
    boolean lostPower;
    boolean empty;
    boolean verify;
    long last = 10;
    long durable = 8;
    long resendFrom = 5;
    boolean hotSet = true;
    UUID basePeer = B;
    long base;
    Generation yields = Generation.NONE;
    Set<UUID> barred = Set.of();

    Node fork(Generation next, long at) {
      history.add(0, new Ancestor(next, generation, at));
      generation = next;
      return this;
    }

    ContactRecord record() {
      return new ContactRecord(
          cluster,
          "m",
          id,
          generation,
          history,
          role,
          wasPrimary,
          data,
          clean,
          lostPower,
          empty,
          verify,
          last,
          durable,
          6,
          resendFrom,
          hotSet,
          basePeer,
          base,
          yields,
          barred);
    }
  }

  private final Node a = new Node();
  private final Node b = new Node();

  FirstContactTest() {
    b.id = B;
    b.basePeer = A;
    a.wasPrimary = true;
  }

  private ContactVerdict decide() {
    ContactVerdict mine = FirstContact.decide(a.record(), b.record());
    assertThat(FirstContact.decide(b.record(), a.record())).isEqualTo(mine.mirrored());
    return mine;
  }

  private void expect(ContactVerdict wanted) {
    ContactVerdict found = decide();
    assertThat(found.getClass()).isEqualTo(wanted.getClass());
    assertThat(found.why()).isNotBlank();
    if (wanted instanceof ContactVerdict.Source w && found instanceof ContactVerdict.Source f) {
      assertThat(f.source()).isEqualTo(w.source());
      assertThat(f.extent()).isEqualTo(w.extent());
    } else if (wanted instanceof ContactVerdict.FullCopy w
        && found instanceof ContactVerdict.FullCopy f) {
      assertThat(f.target()).isEqualTo(w.target());
    } else if (wanted instanceof ContactVerdict.Serve w
        && found instanceof ContactVerdict.Serve f) {
      assertThat(f.who()).isEqualTo(w.who());
    } else if (wanted instanceof ContactVerdict.InSync w
        && found instanceof ContactVerdict.InSync f) {
      assertThat(f.serves()).isEqualTo(w.serves());
    } else if (wanted instanceof ContactVerdict.Resume w
        && found instanceof ContactVerdict.Resume f) {
      assertThat(f.primary()).isEqualTo(w.primary());
    } else if (wanted instanceof ContactVerdict.DropBranch w
        && found instanceof ContactVerdict.DropBranch f) {
      assertThat(f.whose()).isEqualTo(w.whose());
      assertThat(f.back()).isEqualTo(w.back());
    } else if (wanted instanceof ContactVerdict.Split w
        && found instanceof ContactVerdict.Split f) {
      assertThat(f.since()).isEqualTo(w.since());
      assertThat(f.forkSequence()).isEqualTo(w.forkSequence());
    }
  }

  private static ContactVerdict source(Side side, Extent extent) {
    return new ContactVerdict.Source(side, extent, "");
  }

  @Test
  void foreignClusterIsRefused() {
    b.cluster = "other";
    expect(new ContactVerdict.Refuse(""));
  }

  @Test
  void barredIncarnationIsRefused() {
    a.barred = Set.of(B);
    expect(new ContactVerdict.Refuse(""));
  }

  @Test
  void copiedStateDirectoryIsRefused() {
    b.id = A;
    expect(new ContactVerdict.Refuse(""));
  }

  @Test
  void emptyNodeGetsEverything() {
    b.empty = true;
    b.generation = Generation.NONE;
    expect(new ContactVerdict.FullCopy(Side.PEER, ""));
    a.empty = true;
    expect(new ContactVerdict.Refuse(""));
  }

  @Test
  void noCommonAncestorIsRefused() {
    b.generation = G2;
    b.history = List.of(new Ancestor(G2, Generation.NONE, 0));
    expect(new ContactVerdict.Refuse(""));
  }

  @Test
  void emptyBranchIsDroppedWhateverServes() {
    a.fork(G2, 10).last = 20;
    b.fork(G3, 9).last = 9;
    expect(new ContactVerdict.DropBranch(Side.PEER, G1, ""));
    a.last = 10;
    b.role = Role.ALONE;
    expect(new ContactVerdict.DropBranch(Side.ME, G1, ""));
  }

  @Test
  void anEmptyBranchThatServesIsNotGivenUpForACopyThatIsNotWhole() {
    a.fork(G2, 10).last = 20;
    a.data = DataState.INCONSISTENT;
    b.fork(G3, 9).last = 9;
    b.role = Role.ALONE;
    expect(new ContactVerdict.Split(G1, 9, ""));
    b.role = Role.WAITING;
    expect(new ContactVerdict.DropBranch(Side.PEER, G1, ""));
  }

  @Test
  void twoBranchesAreASplit() {
    a.fork(G2, 10).last = 20;
    b.fork(G3, 9).last = 11;
    expect(new ContactVerdict.Split(G1, 9, ""));
  }

  @Test
  void decidedSplitMakesTheKeptOneTheSource() {
    a.fork(G2, 10).last = 20;
    b.fork(G3, 9).last = 11;
    b.yields = G2;
    expect(source(Side.ME, Extent.SPLIT));
  }

  @Test
  void wholeCopyOfTheSameGenerationMendsTheOther() {
    a.data = DataState.INCONSISTENT;
    expect(source(Side.PEER, Extent.BY_MAP));
    b.data = DataState.INCONSISTENT;
    expect(new ContactVerdict.BothInconsistent(""));
  }

  @Test
  void wholeButOlderCopyNeedsAnOperator() {
    a.fork(G2, 10);
    a.data = DataState.INCONSISTENT;
    expect(new ContactVerdict.BothInconsistent(""));
  }

  @Test
  void aTakeoverThatServedNothingAndIsNotWholeYieldsToThePeerThatHandedOver() {
    a.clean = true;
    b.fork(G2, 10).data = DataState.INCONSISTENT;
    expect(new ContactVerdict.DropBranch(Side.PEER, G1, ""));
    a.last = 9;
    expect(new ContactVerdict.BothInconsistent(""));
    a.last = 10;
    b.last = 11;
    expect(new ContactVerdict.BothInconsistent(""));
    b.last = 10;
    a.clean = false;
    expect(new ContactVerdict.BothInconsistent(""));
  }

  @Test
  void descendantIsTheSource() {
    b.fork(G2, 10).last = 30;
    expect(source(Side.PEER, Extent.BY_MAP));
    b.base = 9;
    expect(source(Side.PEER, Extent.BY_MAP));
    a.lostPower = true; // durable at 8: below the base of the map
    expect(source(Side.PEER, Extent.FULL_VERIFY));
  }

  @Test
  void mapMadeForAnotherNodeMeansFullVerify() {
    b.fork(G2, 10).basePeer = new UUID(9, 9);
    expect(source(Side.PEER, Extent.FULL_VERIFY));
  }

  @Test
  void emptyBranchYieldsToTheAncestorThatServes() {
    a.role = Role.BLOCKED;
    b.fork(G2, 10);
    expect(new ContactVerdict.DropBranch(Side.PEER, G1, ""));
  }

  @Test
  void twoPrimariesOfOneGenerationAreASplit() {
    a.role = Role.PRIMARY;
    b.role = Role.PRIMARY;
    expect(new ContactVerdict.Split(G1, 10, ""));
  }

  @Test
  void livePrimaryResumesWhatItStillHolds() {
    a.role = Role.BLOCKED;
    b.role = Role.SECONDARY;
    b.last = 4;
    expect(new ContactVerdict.Resume(Side.ME, ""));
    b.last = 3;
    expect(source(Side.ME, Extent.BY_MAP));
    b.last = 10;
    b.lostPower = true;
    b.durable = 8;
    expect(new ContactVerdict.Resume(Side.ME, ""));
    a.resendFrom = 10;
    expect(source(Side.ME, Extent.BY_MAP));
    b.lostPower = false;
    expect(new ContactVerdict.Resume(Side.ME, ""));
    b.data = DataState.OUTDATED;
    expect(source(Side.ME, Extent.BY_MAP));
  }

  @Test
  void bothCleanAndEqualAreInSync() {
    a.clean = true;
    b.clean = true;
    expect(new ContactVerdict.InSync(Side.ME, ""));
    a.lostPower = true;
    b.lostPower = true;
    expect(new ContactVerdict.InSync(Side.ME, ""));
  }

  @Test
  void secondaryThatKeptItsPowerIsASuperset() {
    b.role = Role.SECONDARY;
    expect(new ContactVerdict.Serve(Side.PEER, ""));
    a.lostPower = true;
    expect(new ContactVerdict.Serve(Side.PEER, ""));
  }

  @Test
  void aFailedCopyServesWhereThePrimaryLostPowerWithWhatOnlyThatCopysJournalHas() {
    b.verify = true;
    b.data = DataState.OUTDATED;
    expect(source(Side.ME, Extent.FULL_VERIFY));
    a.lostPower = true;
    expect(new ContactVerdict.Serve(Side.PEER, ""));
    a.clean = true;
    expect(source(Side.ME, Extent.FULL_VERIFY));
    a.clean = false;
    b.lostPower = true;
    expect(source(Side.ME, Extent.FULL_VERIFY));
    b.lostPower = false;
    b.data = DataState.INCONSISTENT;
    expect(source(Side.ME, Extent.FULL_VERIFY));
  }

  @Test
  void aDoubtfulCopyThatServesIsComparedInFullWithTheOther() {
    a.role = Role.ALONE;
    a.verify = true;
    expect(source(Side.ME, Extent.FULL_VERIFY));
    a.fork(G2, 10);
    expect(source(Side.ME, Extent.FULL_VERIFY));
  }

  @Test
  void secondaryThatLostPowerFollowsThePrimary() {
    b.lostPower = true;
    expect(source(Side.ME, Extent.BY_MAP));
  }

  @Test
  void bothLostPower() {
    a.lostPower = true;
    b.lostPower = true;
    expect(source(Side.ME, Extent.BY_MAP));
    a.hotSet = false;
    expect(source(Side.ME, Extent.FULL_VERIFY));
  }

  @Test
  void handedOverButNeverTaken() {
    a.wasPrimary = false;
    expect(new ContactVerdict.InSync(Side.ME, ""));
    b.last = 12;
    expect(new ContactVerdict.Serve(Side.PEER, ""));
  }

  @Property(tries = 2_000, seed = "20261121")
  void bothNodesConcludeTheSame(
      @ForAll("records") ContactRecord x, @ForAll("records") ContactRecord y) {
    ContactVerdict mine = FirstContact.decide(x, y);
    assertThat(FirstContact.decide(y, x)).isEqualTo(mine.mirrored());
    assertThat(mine.mirrored().mirrored()).isEqualTo(mine);
    boolean liveAlone = x.role() == Role.ALONE && y.role() == Role.WAITING && !y.empty();
    if (liveAlone && mine instanceof ContactVerdict.FullCopy copy) {
      assertThat(copy.target()).isNotEqualTo(Side.PEER);
    }
  }

  @Property(tries = 500, seed = "20261121")
  void recordsSurviveTheWire(@ForAll("records") ContactRecord record) {
    assertThat(ContactCodec.decode(ByteBuffer.wrap(ContactCodec.encode(record)))).isEqualTo(record);
  }

  @Example
  void truncatedRecordIsRefused() {
    byte[] bytes = ContactCodec.encode(a.record());
    int before = bytes.length - 18; // without the ballot, as in the version before
    for (int length = 0; length < bytes.length; length += length + 1 == before ? 2 : 1) {
      ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> ContactCodec.decode(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Provide
  Arbitrary<ContactRecord> records() {
    Arbitrary<Integer> bits = Arbitraries.integers().withDistribution(RandomDistribution.uniform());
    Arbitrary<Integer> shape = Arbitraries.integers().between(0, 3);
    Arbitrary<Role> roles = Arbitraries.of(Role.values());
    Arbitrary<DataState> states = Arbitraries.of(DataState.values());
    Arbitrary<Long> last = Arbitraries.longs().between(5, 15);
    Arbitrary<Integer> ids = Arbitraries.integers().between(1, 1000);
    return net.jqwik.api.Combinators.combine(bits, shape, roles, states, last, ids)
        .as(
            (f, s, role, data, end, id) -> {
              Node n = new Node();
              n.id = new UUID(1, id);
              n.basePeer = new UUID(1, 1 + Math.floorMod(f >> 8, 4));
              n.role = role;
              n.data = data;
              n.last = end;
              n.wasPrimary = (f & 1) != 0;
              n.clean = (f & 2) != 0;
              n.lostPower = (f & 4) != 0;
              n.empty = (f & 0x18) == 0x18;
              n.verify = (f & 32) != 0;
              n.hotSet = (f & 64) != 0;
              if (s == 1 || s == 3) {
                n.fork(G2, 7);
              }
              if (s >= 2) {
                n.fork(G3, 9);
              }
              return n.record();
            });
  }
}

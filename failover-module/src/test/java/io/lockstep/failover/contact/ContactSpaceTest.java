package io.lockstep.failover.contact;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Two records in every combination of what first contact looks at: both nodes conclude the mirrored
 * same, and nothing that someone was promised is given up.
 */
class ContactSpaceTest {
  private static final UUID A = new UUID(1, 1);
  private static final UUID B = new UUID(1, 2);
  private static final Generation OLD = new Generation(0, 1);
  private static final Generation NEW = new Generation(0, 2);
  private static final Generation OTHER = new Generation(0, 3);
  private static final long FORK = 10;

  /** How the two histories stand to each other. */
  private enum Relation {
    SAME,
    A_NEWER,
    B_NEWER,
    DIVERGED,
    STRANGERS
  }

  private final Map<String, String> broken = new TreeMap<>();
  private final Map<String, Long> verdicts = new TreeMap<>();
  private long pairs;

  @Test
  void noPairGivesUpAPromise() {
    for (Relation relation : Relation.values()) {
      List<ContactRecord> as = records(A, B, generation(relation, true));
      List<ContactRecord> bs = records(B, A, generation(relation, false));
      for (ContactRecord a : as) {
        for (ContactRecord b : bs) {
          look(relation, a, b);
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(verdicts.keySet())
        .containsExactly(
            "BothInconsistent",
            "DropBranch",
            "FullCopy",
            "InSync",
            "Refuse",
            "Resume",
            "Serve",
            "Source",
            "Split");
    assertThat(pairs).isGreaterThan(1_000_000);
  }

  private static Generation generation(Relation relation, boolean ofA) {
    return switch (relation) {
      case SAME -> OLD;
      case A_NEWER -> ofA ? NEW : OLD;
      case B_NEWER -> ofA ? OLD : NEW;
      case DIVERGED -> ofA ? NEW : OTHER;
      case STRANGERS -> ofA ? OLD : new Generation(9, 9);
    };
  }

  private static List<ContactRecord> records(UUID own, UUID peer, Generation generation) {
    List<ContactRecord> records = new ArrayList<>();
    List<Ancestor> history = new ArrayList<>();
    if (generation.equals(NEW) || generation.equals(OTHER)) {
      history.add(new Ancestor(generation, OLD, FORK));
      history.add(new Ancestor(OLD, Generation.NONE, 0));
    } else {
      history.add(new Ancestor(generation, Generation.NONE, 0));
    }
    for (Role role : List.of(Role.WAITING, Role.SECONDARY, Role.PRIMARY, Role.ALONE)) {
      for (DataState data : DataState.values()) {
        for (int flags = 0; flags < 32; flags++) {
          for (long last : new long[] {FORK, FORK + 3}) {
            records.add(record(own, peer, generation, history, role, data, flags, last));
          }
        }
      }
    }
    return records;
  }

  private static ContactRecord record(
      UUID own,
      UUID peer,
      Generation generation,
      List<Ancestor> history,
      Role role,
      DataState data,
      int flags,
      long last) {
    boolean empty = (flags & 28) == 28;
    return new ContactRecord(
        "c",
        "m",
        own,
        empty ? Generation.NONE : generation,
        empty ? List.of() : history,
        role,
        (flags & 1) != 0,
        data,
        (flags & 2) != 0,
        (flags & 4) != 0,
        empty,
        (flags & 8) != 0,
        empty ? 0 : last,
        empty ? 0 : FORK - 1,
        empty ? 0 : FORK - 2,
        FORK,
        (flags & 16) != 0,
        peer,
        0,
        Generation.NONE,
        Set.of());
  }

  private void look(Relation relation, ContactRecord a, ContactRecord b) {
    pairs++;
    ContactVerdict verdict = FirstContact.decide(a, b);
    verdicts.merge(verdict.getClass().getSimpleName(), 1L, Long::sum);
    expect(FirstContact.decide(b, a).equals(verdict.mirrored()), "they disagree", a, b, verdict);
    expect(!verdict.why().isBlank(), "no reason", a, b, verdict);
    Side kept = kept(verdict);
    if (kept != null) {
      ContactRecord winner = kept == Side.ME ? a : b;
      ContactRecord loser = kept == Side.ME ? b : a;
      checkKept(relation, winner, loser, a, b, verdict);
    }
    if (verdict instanceof ContactVerdict.DropBranch drop) {
      ContactRecord dropped = drop.whose() == Side.ME ? a : b;
      expect(dropped.lastSequence() <= FORK, "a branch with operations is dropped", a, b, verdict);
    }
  }

  /** Whose copy the verdict keeps, or lets serve; null where nothing is given up. */
  private static Side kept(ContactVerdict verdict) {
    if (verdict instanceof ContactVerdict.Source source) {
      return source.source();
    }
    if (verdict instanceof ContactVerdict.FullCopy copy) {
      return copy.target().mirrored();
    }
    if (verdict instanceof ContactVerdict.Serve serve) {
      return serve.who();
    }
    if (verdict instanceof ContactVerdict.InSync sync) {
      return sync.serves();
    }
    return verdict instanceof ContactVerdict.Resume resume ? resume.primary() : null;
  }

  private void checkKept(
      Relation relation,
      ContactRecord winner,
      ContactRecord loser,
      ContactRecord a,
      ContactRecord b,
      ContactVerdict verdict) {
    boolean whole = winner.dataState() != DataState.INCONSISTENT || winner.live();
    expect(whole, "a copy that is not whole is kept", a, b, verdict);
    expect(!winner.empty(), "an empty copy is kept", a, b, verdict);
    if (loser.empty()) {
      return;
    }
    expect(relation != Relation.STRANGERS, "strangers are joined", a, b, verdict);
    expect(relation != Relation.DIVERGED, "a branch is overwritten", a, b, verdict);
    expect(winner.descendsFrom(loser.generation()), "the older is kept", a, b, verdict);
    boolean usable = loser.dataState() != DataState.INCONSISTENT;
    if (relation == Relation.SAME && usable) {
      expect(!loser.live(), "one that serves is overwritten", a, b, verdict);
      boolean idle = !winner.live() && !loser.live();
      boolean followed = loser.wasPrimary() != winner.wasPrimary() && !loser.wasPrimary();
      if (idle && followed && !winner.verify()) {
        boolean lacks = !winner.clean() && winner.lostPower();
        boolean mayLack = !winner.clean() && !loser.lostPower() && (lacks || !loser.verify());
        expect(!mayLack, "the last primary is kept though the other has more", a, b, verdict);
      }
    }
    if (verdict instanceof ContactVerdict.InSync || verdict instanceof ContactVerdict.Resume) {
      expect(!loser.verify() && usable, "a doubtful copy counts as in sync", a, b, verdict);
    }
  }

  private void expect(
      boolean holds, String promise, ContactRecord a, ContactRecord b, ContactVerdict verdict) {
    if (!holds) {
      broken.putIfAbsent(promise, a + "\n" + b + "\n" + verdict);
    }
  }
}

package io.lockstep.failover.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.MemoryArbiter.Fate;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Questions whose answers are lost or late, and two nodes that ask at once. */
class ArbiterDeskTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final Generation G = new Generation(0, 11);

  private final MemoryArbiter.Store store = new MemoryArbiter.Store();
  private final Deque<Fate> fates = new ArrayDeque<>();
  private final ArbiterDesk a = new ArbiterDesk(new MemoryArbiter(store, this::next));
  private final ArbiterDesk b = new ArbiterDesk(new MemoryArbiter(store, () -> Fate.ANSWERED));

  private Fate next() {
    return fates.isEmpty() ? Fate.ANSWERED : fates.removeFirst();
  }

  private static Claim of(UUID me, UUID peer) {
    return new Claim(me, peer, G, Set.of(), false, true, true, false, false);
  }

  private void protect() {
    a.ask(Question.TAKE_OVER, of(A, B));
    a.ask(Question.ADMIT_PEER, of(A, B));
    assertThat(store.record().inSync()).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void viewsGrowWithEveryGrant() {
    assertThat(a.ask(Question.TAKE_OVER, of(A, B))).isEqualTo(new RoleInput.Granted(1));
    assertThat(a.ask(Question.ADMIT_PEER, of(A, B))).isEqualTo(new RoleInput.Granted(1));
    assertThat(b.ask(Question.TAKE_OVER, of(B, A))).isEqualTo(new RoleInput.Granted(2));
    assertThat(a.ask(Question.ALONE, of(A, B))).isInstanceOf(RoleInput.Refused.class);
  }

  @Test
  void lostAnswerIsUnknownAndAskedAgainIsGranted() {
    protect();
    fates.addAll(List.of(Fate.ANSWERED, Fate.ANSWER_LOST));
    assertThat(a.ask(Question.ALONE, of(A, B))).isInstanceOf(RoleInput.Unknown.class);
    assertThat(store.record().inSync()).containsExactly(A);
    assertThat(a.ask(Question.ALONE, of(A, B))).isInstanceOf(RoleInput.Granted.class);
  }

  @Test
  void lateChangeCannotComeAfterItWasWithdrawn() {
    protect();
    MemoryArbiter slow = new MemoryArbiter(store, this::next);
    ArbiterDesk late = new ArbiterDesk(slow);
    fates.addAll(List.of(Fate.ANSWERED, Fate.LATE));
    assertThat(late.ask(Question.TAKE_OVER, of(B, A))).isInstanceOf(RoleInput.Unknown.class);
    assertThat(late.ask(Question.WITHDRAW, of(B, A))).isInstanceOf(RoleInput.Granted.class);
    assertThat(store.record().primary()).isEqualTo(A);
    assertThat(store.record().inSync()).containsExactlyInAnyOrder(A, B);
    slow.deliverLate();
    assertThat(store.record().primary()).isEqualTo(A);
  }

  @Test
  void changeThatLandedIsTakenBack() {
    protect();
    fates.addAll(List.of(Fate.ANSWERED, Fate.ANSWER_LOST));
    ArbiterDesk ofB = new ArbiterDesk(new MemoryArbiter(store, this::next));
    assertThat(ofB.ask(Question.TAKE_OVER, of(B, A))).isInstanceOf(RoleInput.Unknown.class);
    assertThat(store.record().primary()).isEqualTo(B);
    assertThat(ofB.ask(Question.WITHDRAW, of(B, A))).isInstanceOf(RoleInput.Granted.class);
    assertThat(store.record().primary()).isEqualTo(A);
    assertThat(a.ask(Question.ALONE, of(A, B))).isInstanceOf(RoleInput.Granted.class);
  }

  @Test
  void ofTwoThatAskAtOnceOneIsRefused() {
    protect();
    Arbiter racing =
        new Arbiter() {
          private final MemoryArbiter real = new MemoryArbiter(store, () -> Fate.ANSWERED);
          private boolean raced;

          @Override
          public Reading read() {
            return real.read();
          }

          @Override
          public Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted) {
            if (!raced) {
              raced = true;
              assertThat(b.ask(Question.TAKE_OVER, of(B, A))).isInstanceOf(RoleInput.Granted.class);
            }
            return real.compareAndSwap(expected, wanted);
          }

          @Override
          public String describe() {
            return "racing";
          }

          @Override
          public void close() {}
        };
    assertThat(new ArbiterDesk(racing).ask(Question.ALONE, of(A, B)))
        .isInstanceOf(RoleInput.Refused.class);
    assertThat(store.record().primary()).isEqualTo(B);
  }
}

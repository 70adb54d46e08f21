package io.lockstep.failover.contact;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactMessage.Kind;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Two ends of the exchange, and a connection between them that brings things when it likes. */
class ContactExchangeTest {
  private static final long BELIEVED_NS = 4_000;
  private static final Generation BEFORE = new Generation(0, 1);

  /** One node: where its history forked, and what it has numbered since. */
  private static final class End implements ContactExchange.Node {
    final ContactExchange exchange = new ContactExchange(this);
    final ArrayDeque<ContactMessage> sent = new ArrayDeque<>();
    final List<ContactVerdict> verdicts = new ArrayList<>();
    final UUID incarnation;
    final Generation own;
    long numbered;

    End(int number) {
      incarnation = new UUID(1, number);
      own = new Generation(number, number);
    }

    @Override
    public ContactRecord record() {
      return new ContactRecord(
          "c",
          "m",
          incarnation,
          own,
          List.of(new Ancestor(own, BEFORE, 10), new Ancestor(BEFORE, Generation.NONE, 0)),
          Role.ALONE,
          true,
          DataState.UP_TO_DATE,
          false,
          false,
          false,
          false,
          10 + numbered,
          10,
          10,
          11 + numbered,
          true,
          null,
          0,
          Generation.NONE,
          Set.of());
    }

    @Override
    public void send(ContactMessage message) {
      sent.add(message);
    }

    @Override
    public void decided(ContactVerdict verdict, ContactRecord peer) {
      verdicts.add(verdict);
    }

    void takeFrom(End peer, long nowNs) {
      exchange.received(peer.sent.remove(), nowNs, BELIEVED_NS);
      exchange.free(nowNs);
    }
  }

  private final End a = new End(1);
  private final End b = new End(2);

  private void bringEverything(long nowNs) {
    while (!a.sent.isEmpty() || !b.sent.isEmpty()) {
      if (!a.sent.isEmpty()) {
        b.takeFrom(a, nowNs);
      }
      if (!b.sent.isEmpty()) {
        a.takeFrom(b, nowNs);
      }
    }
  }

  @Test
  void bothDecideOnceAndTheMirroredSameThoughTheirQuestionsCross() {
    a.numbered = 1;
    a.exchange.compare(0);
    b.exchange.compare(0);

    bringEverything(1);

    assertThat(a.verdicts).hasSize(1).first().isInstanceOf(ContactVerdict.DropBranch.class);
    assertThat(b.verdicts).containsExactly(a.verdicts.get(0).mirrored());
  }

  /** What each told when it began to serve alone waits in the connection until the wires heal. */
  @Test
  void whatANodeWasBeforeItNumberedAnythingDropsNoBranchOnceItHas() {
    a.exchange.compare(0);
    b.exchange.compare(0);
    a.numbered = 1;
    b.numbered = 1;

    bringEverything(2_000);

    assertThat(a.verdicts).singleElement().isInstanceOf(ContactVerdict.Split.class);
    assertThat(b.verdicts).singleElement().isInstanceOf(ContactVerdict.Split.class);
  }

  @Test
  void anAnswerThatTheAnsweringNodeHasOutgrownIsAskedForAnew() {
    a.numbered = 1;
    a.exchange.compare(0);
    b.exchange.compare(0);
    b.takeFrom(a, 1);
    b.numbered = 1;
    a.takeFrom(b, 2); // the question that crossed
    a.takeFrom(b, 2);
    b.takeFrom(a, 3);
    assertThat(b.verdicts).isEmpty();

    bringEverything(4);

    assertThat(a.verdicts).last().isInstanceOf(ContactVerdict.Split.class);
    assertThat(b.verdicts).singleElement().isInstanceOf(ContactVerdict.Split.class);
  }

  @Test
  void anAnswerThatTookTooLongIsNotBelieved() {
    b.exchange.compare(0);
    b.sent.clear();
    a.exchange.compare(0);
    b.takeFrom(a, 1);
    a.takeFrom(b, BELIEVED_NS + 1);

    assertThat(a.verdicts).isEmpty();
    assertThat(a.sent).singleElement().extracting(ContactMessage::kind).isEqualTo(Kind.ASK);
    bringEverything(BELIEVED_NS + 2);
    assertThat(a.verdicts).hasSize(1);
    assertThat(b.verdicts).hasSize(1);
  }

  @Test
  void aConclusionThatTookTooLongIsNotBelieved() {
    b.exchange.compare(0);
    b.sent.clear();
    a.exchange.compare(0);
    b.takeFrom(a, 1);
    a.takeFrom(b, 2);
    b.takeFrom(a, BELIEVED_NS + 2);

    assertThat(b.verdicts).isEmpty();
    bringEverything(BELIEVED_NS + 3);
    assertThat(b.verdicts).hasSize(1);
  }

  @Test
  void aNodeThatIsNotReadyAnswersLaterAndThenAsksNothingItself() {
    a.exchange.compare(0);
    b.takeFrom(a, 1);
    assertThat(b.sent).isEmpty();

    b.exchange.compare(2);

    assertThat(b.sent).singleElement().extracting(ContactMessage::kind).isEqualTo(Kind.ANSWER);
    bringEverything(3);
    assertThat(a.verdicts).hasSize(1);
    assertThat(b.verdicts).hasSize(1);
  }

  @Test
  void aNewConnectionBeginsAnew() {
    a.exchange.compare(0);
    b.exchange.compare(0);
    ContactMessage old = new ContactMessage(Kind.ANSWER, 1, b.record());
    a.exchange.reset();
    a.exchange.received(old, 1, BELIEVED_NS);

    assertThat(a.verdicts).isEmpty();
  }

  @Test
  void twoNodesOfOneIdentityBothHearIt() {
    End twin = new End(1);
    a.exchange.compare(0);
    twin.exchange.compare(0);
    for (int i = 0; i < 3; i++) {
      twin.takeFrom(a, 1);
      a.takeFrom(twin, 1);
    }
    assertThat(a.verdicts).first().isInstanceOf(ContactVerdict.Refuse.class);
    assertThat(twin.verdicts).first().isInstanceOf(ContactVerdict.Refuse.class);
  }

  /**
   * Whatever is asked, numbered, and brought late: no node decides what its own record contradicts,
   * and in the end both have decided the mirrored same over what they are.
   */
  @Property(tries = 2_000)
  void anyOrderEndsInTheMirroredSame(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    End one = new End(1);
    End two = new End(2);
    long nowNs = 0;
    one.exchange.compare(0);
    two.exchange.compare(0);
    for (int i = 0; i < 60; i++) {
      nowNs += random.nextLong(random.nextInt(10) == 0 ? 2 * BELIEVED_NS : 100);
      End node = random.nextBoolean() ? one : two;
      End peer = node == one ? two : one;
      int before = node.verdicts.size();
      switch (random.nextInt(10)) {
        case 0 -> node.numbered++;
        case 1 -> node.exchange.compare(nowNs);
        default -> {
          if (!peer.sent.isEmpty()) {
            node.takeFrom(peer, nowNs);
          }
        }
      }
      if (node.verdicts.size() > before) {
        ContactVerdict verdict = node.verdicts.get(before);
        boolean dropsOwn =
            verdict instanceof ContactVerdict.DropBranch drop && drop.whose() == Side.ME;
        assertThat(dropsOwn && node.numbered > 0).isFalse();
      }
    }
    for (int rounds = 0; !one.sent.isEmpty() || !two.sent.isEmpty(); rounds++) {
      assertThat(rounds).isLessThan(200);
      if (!one.sent.isEmpty()) {
        two.takeFrom(one, nowNs);
      }
      if (!two.sent.isEmpty()) {
        one.takeFrom(two, nowNs);
      }
    }
    one.exchange.compare(nowNs);
    two.takeFrom(one, nowNs);
    one.takeFrom(two, nowNs);
    two.takeFrom(one, nowNs);
    ContactVerdict last = one.verdicts.get(one.verdicts.size() - 1);
    assertThat(last.agreesWith(FirstContact.decide(one.record(), two.record()))).isTrue();
    assertThat(two.verdicts.get(two.verdicts.size() - 1).agreesWith(last.mirrored())).isTrue();
  }
}

package io.lockstep.failover.contact;

import io.lockstep.failover.contact.ContactMessage.Kind;

/**
 * When two nodes may decide what they are to each other, so that neither decides over what one of
 * them was and is no more. Pure: no threads, no clock; the caller synchronises.
 *
 * <p>One node asks, the other answers, and the first concludes: it decides over the answer and over
 * what it is now, which it tells, and the other decides over the same two records. A connection may
 * stand still and bring what waited in it long after it was sent, even after both nodes began to
 * serve. So a question decides nothing by itself; an answer that took too long is not believed, and
 * asked for anew; and a node whose own record would lead elsewhere by now asks instead of deciding.
 * Where two questions cross, that of the node with the lower incarnation goes on.
 */
public final class ContactExchange {
  /** The node that takes part. */
  public interface Node {
    /** What it is now. */
    ContactRecord record();

    /** Takes a message to the peer, in order or, when the connection ends, not at all. */
    void send(ContactMessage message);

    /** Both nodes' records lead to this. */
    void decided(ContactVerdict verdict, ContactRecord peer);
  }

  private static final long NONE = 0;

  private final Node node;
  private boolean ready;
  private long questions;

  /** The own question that waits for its answer. */
  private long asked = NONE;

  private long askedNs;

  /** The peer's question that was not answered yet. */
  private long toAnswer = NONE;

  /** The peer's question that was answered with {@link #told} and waits for its conclusion. */
  private long answered = NONE;

  private ContactRecord told;
  private long answeredNs;

  /** For that node. */
  public ContactExchange(Node node) {
    this.node = node;
  }

  /** There is a new connection: an exchange under way on the old one is void. */
  public void reset() {
    ready = false;
    asked = NONE;
    toAnswer = NONE;
    answered = NONE;
  }

  /** The node wants to compare: begins an exchange, or goes on with the one the peer began. */
  public void compare(long nowNs) {
    ready = true;
    if (toAnswer == NONE) {
      ask(nowNs);
    } else {
      answer(nowNs);
    }
  }

  /** The node has nothing else to do: answers what it was asked meanwhile. */
  public void free(long nowNs) {
    if (ready && toAnswer != NONE) {
      answer(nowNs);
    }
  }

  /**
   * A message has come.
   *
   * @param believedNs the oldest that what the peer told may be; in less the peer cannot have taken
   *     over because it did not hear of this node
   */
  public void received(ContactMessage message, long nowNs, long believedNs) {
    if (message.kind() == Kind.ASK) {
      question(message);
    } else if (message.kind() == Kind.ANSWER && message.question() == asked) {
      asked = NONE;
      answerTo(message.record(), message.question(), nowNs, believedNs);
    } else if (message.kind() == Kind.CONCLUDE && message.question() == answered) {
      answered = NONE;
      conclusion(message.record(), nowNs, believedNs);
    }
  }

  private void question(ContactMessage message) {
    if (asked != NONE) {
      int order = node.record().incarnation().compareTo(message.record().incarnation());
      if (order < 0) {
        return;
      }
      if (order > 0) {
        asked = NONE;
      }
    }
    toAnswer = message.question();
    answered = NONE;
  }

  private void answerTo(ContactRecord theirs, long question, long nowNs, long believedNs) {
    if (nowNs - askedNs > believedNs) {
      ask(nowNs);
      return;
    }
    ContactRecord mine = node.record();
    node.send(new ContactMessage(Kind.CONCLUDE, question, mine));
    node.decided(FirstContact.decide(mine, theirs), theirs);
  }

  private void conclusion(ContactRecord theirs, long nowNs, long believedNs) {
    ContactVerdict verdict = FirstContact.decide(told, theirs);
    boolean holds = verdict.agreesWith(FirstContact.decide(node.record(), theirs));
    if (holds && nowNs - answeredNs <= believedNs) {
      node.decided(verdict, theirs);
    } else {
      ask(nowNs);
    }
  }

  private void ask(long nowNs) {
    asked = ++questions;
    askedNs = nowNs;
    node.send(new ContactMessage(Kind.ASK, asked, node.record()));
  }

  private void answer(long nowNs) {
    answered = toAnswer;
    toAnswer = NONE;
    answeredNs = nowNs;
    told = node.record();
    node.send(new ContactMessage(Kind.ANSWER, answered, told));
  }
}

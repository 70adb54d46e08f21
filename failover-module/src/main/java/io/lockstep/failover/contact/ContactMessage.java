package io.lockstep.failover.contact;

/**
 * One message of the exchange by which two nodes compare their records.
 *
 * @param question number of the question that this asks, answers, or concludes; counted by the node
 *     that asked it, from 1
 * @param record what its sender is at the moment of sending
 */
public record ContactMessage(Kind kind, long question, ContactRecord record) {
  /** What it is in the exchange ({@link ContactExchange}); in the order of the wire's numbers. */
  public enum Kind {
    /** "What are you?" */
    ASK,
    /** To {@link #ASK}. */
    ANSWER,
    /** To {@link #ANSWER}: its sender has decided. */
    CONCLUDE
  }
}

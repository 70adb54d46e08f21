package io.lockstep.agent.peer;

import java.time.Duration;

/** The other node's agent, as a party to something that both must do. */
public interface AgentPeer {
  /** What may be asked; the order is the number on the wire, so new ones go to the end. */
  enum Question {
    /** Check a configuration (the text) against your machine and keep it ready. */
    PREPARE_CONFIGURATION,
    /** Make the configuration kept ready (the text is its hash) yours, durably, and go by it. */
    COMMIT_CONFIGURATION,
    /** Forget the configuration kept ready. */
    DISCARD_CONFIGURATION,
    /** Both nodes have the configuration of that hash. */
    SETTLE_CONFIGURATION,
    /** May the module (the text) be removed on your side? */
    CHECK_REMOVAL,
    /** Remove it. */
    REMOVE_MODULE,
    /** What did your side of a split change? Module, most files. */
    SPLIT_SIDE,
    /** A part of a file: module, quarantine or nothing for your tree, path, offset. */
    SPLIT_CONTENT,
    /** Your quarantines: module, path of a file that they are to have or nothing. */
    QUARANTINES,
    /** Hold a drill of the module (the text) on your side. */
    DRILL,
    /** What came of a drill on my side: module, a line of JSON. */
    DRILL_ENDED
  }

  /**
   * What was answered.
   *
   * @param ok whether it was done
   * @param text for the operator: what was done, or why not
   */
  record Answer(boolean ok, String text) {}

  /** The peer cannot be asked, or did not answer: whether it did what was asked is not known. */
  final class UnreachableException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean asked;

    /** {@code asked} tells whether the question went out. */
    public UnreachableException(boolean asked, String message) {
      super(message);
      this.asked = asked;
    }

    /** Whether the question went out: the peer may have done it. */
    public boolean asked() {
      return asked;
    }
  }

  /** The other node's name. */
  String name();

  /**
   * Asks and waits.
   *
   * @throws UnreachableException when there is no link, or no answer within {@code timeout}
   */
  Answer ask(Question question, String text, Duration timeout)
      throws UnreachableException, InterruptedException;
}

package io.lockstep.agent.drill;

/** What a drill machine wants done. The quick ones are done at once, the others in turn. */
public sealed interface DrillEffect {
  /** Whether it may be done by whoever steps the machine, while another effect is under way. */
  default boolean quick() {
    return false;
  }

  /** Kill everything inside, so that what is under way ends. */
  record Kill() implements DrillEffect {
    @Override
    public boolean quick() {
      return true;
    }
  }

  /** Let the applier go on. */
  record Release() implements DrillEffect {
    @Override
    public boolean quick() {
      return true;
    }
  }

  /** Wait until what has been received is in the tree, then hold it. */
  record Drain() implements DrillEffect {}

  /** Make the place. */
  record Open() implements DrillEffect {}

  /** Run the start command inside. */
  record Start() implements DrillEffect {}

  /** Run the check inside, after {@code delayNs}. */
  record Check(long delayNs) implements DrillEffect {}

  /** Run the stop command inside. */
  record Stop() implements DrillEffect {}

  /** Remove the place with everything in it. */
  record Discard() implements DrillEffect {}

  /** Keep what came of it, durably, and tell it. */
  record Keep(DrillResult result) implements DrillEffect {}
}

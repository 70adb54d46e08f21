package io.lockstep.demo.timing;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One loss and what became of it; all times in ms.
 *
 * @param lost the node that served
 * @param detectionMs from the blow until the peer began to take over
 * @param steps of the takeover, as the peer's agent timed them
 * @param takeoverMs all of them
 * @param totalMs from the blow until a caller's first attempt was answered by the peer
 * @param failures what is wrong; empty if nothing is
 */
record FailoverRound(
    Cause cause,
    String lost,
    long detectionMs,
    List<Step> steps,
    long takeoverMs,
    long totalMs,
    List<String> failures) {
  /** One step. */
  record Step(String name, long ms) {
    /** What is not worth a word beside the others. */
    private static final long SHORT_MS = 5;

    boolean isLong() {
      return ms >= SHORT_MS;
    }

    @Override
    public String toString() {
      return name + " " + ms;
    }
  }

  static final String HEAD =
      "%5s  %-22s  %-6s  %9s  %8s  %6s  %5s  %s"
          .formatted(
              "round", "cause", "lost", "detection", "takeover", "answer", "total", "steps, ms");

  boolean isGood() {
    return failures.isEmpty();
  }

  /** What is left of the total: from the end of the takeover to the answer. */
  long answerMs() {
    return totalMs - detectionMs - takeoverMs;
  }

  /** For people. */
  String row(int number) {
    String shown =
        steps.stream().filter(Step::isLong).map(Step::toString).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%5d  %-22s  %-6s  %9d  %8d  %6d  %5d  %s%s",
        number,
        cause.title(),
        lost,
        detectionMs,
        takeoverMs,
        answerMs(),
        totalMs,
        shown,
        isGood() ? "" : "  FAILED: " + String.join("; ", failures));
  }
}

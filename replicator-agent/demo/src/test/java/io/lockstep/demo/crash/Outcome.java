package io.lockstep.demo.crash;

import java.util.List;

/**
 * What one case showed.
 *
 * @param what the case, or what was done between cases
 * @param reached whether the point was reached
 * @param acknowledged operations acknowledged to the recorders so far
 * @param serviceMs from the blow (or the restart, where no other node could serve) until an
 *     operation was acknowledged again; -1 if none was
 * @param protectedMs from the blow until the pair was protected again; -1 if it never was
 * @param failures what is wrong; empty if nothing is
 */
record Outcome(
    String what,
    boolean reached,
    long acknowledged,
    long serviceMs,
    long protectedMs,
    List<String> failures) {
  boolean isGood() {
    return failures.isEmpty();
  }

  /** Its row. */
  String row() {
    return "%-58s %9d %10d %12d  %s"
        .formatted(
            what,
            acknowledged,
            serviceMs,
            protectedMs,
            isGood() ? "good" : "FAILED: " + String.join("; ", failures));
  }

  /** The head over the rows. */
  static String head() {
    return "%-58s %9s %10s %12s  %s"
        .formatted("point/stage/blow", "acked", "service ms", "protected ms", "result");
  }
}

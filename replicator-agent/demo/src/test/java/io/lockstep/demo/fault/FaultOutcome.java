package io.lockstep.demo.fault;

import java.util.List;

/**
 * What one cell showed.
 *
 * @param what the cell
 * @param seen who served while the fault lasted, in words
 * @param pauseMs longest time without an acknowledged operation, from the blow until the pair was
 *     protected again
 * @param protectedMs from the blow until the pair was protected again; -1 if it never was
 * @param failures what is wrong; empty if nothing is
 */
record FaultOutcome(
    FaultCase what, String seen, long pauseMs, long protectedMs, List<String> failures) {
  /** Out of what {@link #line} wrote. */
  static FaultOutcome of(String line) {
    String[] fields = line.split("\t", -1);
    return new FaultOutcome(
        FaultCase.of(fields[0]),
        fields[1],
        Long.parseLong(fields[2]),
        Long.parseLong(fields[3]),
        fields[4].isEmpty() ? List.of() : List.of(fields[4]));
  }

  boolean isGood() {
    return failures.isEmpty();
  }

  /** For a file. */
  String line() {
    String text = String.join("; ", failures).replaceAll("\\s+", " ");
    return String.join(
        "\t", what.toString(), seen, Long.toString(pauseMs), Long.toString(protectedMs), text);
  }

  /** For people. */
  String row() {
    return "%-44s %8d %8d  %-46s %s"
        .formatted(
            what,
            pauseMs,
            protectedMs,
            seen,
            isGood() ? "good" : "FAILED: " + String.join("; ", failures));
  }

  /** The head over the rows. */
  static String head() {
    return "%-44s %8s %8s  %-46s %s"
        .formatted("arbiter/fault/load", "pause ms", "whole ms", "while it lasted", "result");
  }
}

package io.lockstep.demo.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The matrix as a table for the operations guide: a row a fault, a column a kind of arbiter. */
record FaultTable(Map<FaultCase, FaultOutcome> outcomes) {
  static final String BEGIN = "<!-- faults: written by ./verify --fault-matrix -->\n";
  static final String END = "<!-- end of faults -->\n";

  /** Replaces what is between the marks of the file. */
  void writeInto(Path file) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(file + " has no place for the table");
    }
    Files.writeString(
        file, text.substring(0, begin + BEGIN.length()) + markdown() + text.substring(end));
  }

  String markdown() {
    String head =
        "| fault | "
            + Stream.of(Third.values()).map(Third::title).collect(Collectors.joining(" | "))
            + " |\n|---|"
            + "---|".repeat(Third.values().length)
            + "\n";
    return head + Stream.of(Fault.values()).map(this::row).collect(Collectors.joining("\n")) + "\n";
  }

  private String row(Fault fault) {
    return "| "
        + fault.title()
        + " | "
        + Stream.of(Third.values())
            .map(third -> cell(third, fault))
            .collect(Collectors.joining(" | "))
        + " |";
  }

  private String cell(Third third, Fault fault) {
    if (!fault.means(third)) {
      return "–";
    }
    FaultOutcome idle = outcomes.get(new FaultCase(third, fault, Load.IDLE));
    FaultOutcome loaded = outcomes.get(new FaultCase(third, fault, Load.LOADED));
    FaultOutcome told = loaded == null ? idle : loaded;
    if (told == null) {
      return "not played";
    }
    boolean good = told.isGood() && (idle == null || idle.isGood());
    boolean same = idle == null || idle.seen().equals(told.seen());
    return "%s%s, %s / %s s%s"
        .formatted(
            good ? "" : "**FAILED** ",
            told.seen(),
            seconds(idle),
            seconds(loaded),
            same ? "" : "; idle: " + idle.seen());
  }

  private static String seconds(FaultOutcome outcome) {
    return outcome == null ? "–" : String.format(Locale.ROOT, "%.1f", outcome.pauseMs() / 1000.0);
  }
}

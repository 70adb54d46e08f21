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
    FaultOutcome idle = outcomes.get(new FaultCase(third, fault, Load.IDLE));
    FaultOutcome loaded = outcomes.get(new FaultCase(third, fault, Load.LOADED));
    if (idle == null || loaded == null) {
      return "–";
    }
    String words = loaded.seen().equals(idle.seen()) ? "" : "; idle: " + idle.seen();
    String bad = idle.isGood() && loaded.isGood() ? "" : "**FAILED** ";
    return "%s%s, %s s / %s s%s"
        .formatted(bad, loaded.seen(), seconds(idle.pauseMs()), seconds(loaded.pauseMs()), words);
  }

  private static String seconds(long ms) {
    return String.format(Locale.ROOT, "%.1f", ms / 1000.0);
  }
}

package io.lockstep.agent.replay;

import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.replay.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A recording as its file has it.
 *
 * @param sessions in order, each of which can be replayed alone
 * @param problems of lines that were skipped, with their numbers
 */
public record Recording(List<Session> sessions, List<String> problems) {
  private static final int MOST_PROBLEMS = 20;

  /**
   * Reads one file; lines that are damaged are skipped and named.
   *
   * @throws IOException if it cannot be read
   */
  public static Recording read(Path file) throws IOException {
    return of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
  }

  /** From the text of a file. */
  static Recording of(String text) {
    List<Entry> entries = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    int number = 0;
    int before = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isEmpty()) {
        continue;
      }
      try {
        Entry entry = RecordingLine.read(line);
        if (entries.isEmpty() && !(entry instanceof Entry.Begin)) {
          before++;
        } else {
          entries.add(entry);
        }
      } catch (RecordingLine.UnreadableException e) {
        problems.add("line " + number + " is skipped: " + e.getMessage());
      }
    }
    if (before > 0) {
      problems.add(before + " line(s) before the first beginning cannot be replayed");
    }
    return new Recording(Session.of(entries), bounded(problems));
  }

  private static List<String> bounded(List<String> problems) {
    int more = problems.size() - MOST_PROBLEMS;
    if (more <= 0) {
      return problems;
    }
    List<String> first = new ArrayList<>(problems.subList(0, MOST_PROBLEMS));
    first.add(more + " more line(s) are skipped");
    return first;
  }
}

package io.lockstep.demo.judge;

import io.lockstep.demo.desk.Call;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Checks that a database holds every acknowledged call, whole and in order. */
final class CallJudge {
  private static final int SHOWN = 10;

  private CallJudge() {}

  /**
   * What was found.
   *
   * @param acknowledged calls that the callers remember
   * @param rows calls in the database
   * @param lost acknowledged calls that are absent or have another text
   * @param outOfOrder calls that stand before an earlier one of their caller, or without it
   * @param findings the first of what is wrong, in words
   */
  record Finding(long acknowledged, long rows, long lost, long outOfOrder, List<String> findings) {
    boolean isGood() {
      return lost == 0 && outOfOrder == 0 && findings.isEmpty();
    }
  }

  /** Judges the database behind {@code connection} by the callers' file. */
  static Finding judge(Connection connection, Path acknowledgedFile)
      throws SQLException, IOException {
    Map<Integer, Long> last = new TreeMap<>();
    List<String> findings = new ArrayList<>();
    long rows = 0;
    long outOfOrder = 0;
    long spoilt = 0;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT caller, number, text FROM calls ORDER BY id")) {
      while (row.next()) {
        int caller = row.getInt(1);
        long number = row.getLong(2);
        rows++;
        if (number != last.getOrDefault(caller, 0L) + 1) {
          outOfOrder++;
          note(
              findings,
              "call %d of caller %d follows call %d"
                  .formatted(number, caller, last.getOrDefault(caller, 0L)));
        }
        if (!Call.of(caller, number).text().equals(row.getString(3))) {
          spoilt++;
          note(findings, "call %d of caller %d has another text".formatted(number, caller));
        }
        last.merge(caller, number, Math::max);
      }
    }
    return compare(acknowledgedFile, last, new Finding(0, rows, spoilt, outOfOrder, findings));
  }

  /** Rows are dense per caller (or said not to be), so the highest number tells what is there. */
  private static Finding compare(Path acknowledgedFile, Map<Integer, Long> last, Finding so)
      throws IOException {
    long acknowledged = 0;
    long lost = so.lost();
    try (BufferedReader lines = Files.newBufferedReader(acknowledgedFile)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        acknowledged++;
        if (Long.parseLong(words[1]) > last.getOrDefault(Integer.parseInt(words[0]), 0L)) {
          lost++;
          note(
              so.findings(),
              "acknowledged and lost: call %s of caller %s".formatted(words[1], words[0]));
        }
      }
    }
    return new Finding(acknowledged, so.rows(), lost, so.outOfOrder(), so.findings());
  }

  private static void note(List<String> findings, String finding) {
    if (findings.size() < SHOWN) {
      findings.add(finding);
    }
  }
}

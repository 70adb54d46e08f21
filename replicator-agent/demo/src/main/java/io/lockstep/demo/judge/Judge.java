package io.lockstep.demo.judge;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The judge's command line: each command prints one line of JSON.
 *
 * <pre>
 * survivor DIRECTORY CALLS RECORDS   nothing acknowledged is lost or out of order
 * identical LEFT RIGHT               both trees are the same
 * changed BEFORE NOW                 how much differs, in files and bytes
 * </pre>
 *
 * <p>Exit codes: 0 good, 1 something is wrong with the data, 2 it could not be judged.
 */
public final class Judge {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Judge() {}

  /** Judges and exits. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      System.exit(run(arguments, out));
    } catch (IOException | SQLException | RuntimeException e) {
      System.err.println("the judge cannot judge: " + e);
      System.exit(2);
    }
  }

  static int run(String[] arguments, PrintStream out) throws IOException, SQLException {
    Path first = Path.of(arguments[1]);
    Path second = Path.of(arguments[2]);
    return switch (arguments[0]) {
      case "survivor" -> survivor(first, second, Path.of(arguments[3]), out);
      case "identical" -> identical(first, second, out);
      case "changed" -> changed(first, second, out);
      default -> throw new IllegalArgumentException("unknown command " + arguments[0]);
    };
  }

  private static int identical(Path left, Path right, PrintStream out) throws IOException {
    List<String> differences = TreeComparison.differences(left, right);
    out.println(JSON.writeValueAsString(Map.of("differences", differences)));
    return differences.isEmpty() ? 0 : 1;
  }

  private static int changed(Path before, Path now, PrintStream out) throws IOException {
    TreeComparison.Change change = TreeComparison.change(before, now);
    out.println(JSON.writeValueAsString(Map.of("files", change.files(), "bytes", change.bytes())));
    return 0;
  }

  private static int survivor(Path directory, Path calls, Path records, PrintStream out)
      throws IOException, SQLException {
    CallJudge.Finding called;
    List<String> findings = new ArrayList<>();
    try (DatabaseCopy copy = DatabaseCopy.of(directory)) {
      called = CallJudge.judge(copy.connection(), calls);
      findings.addAll(copy.integrity());
    }
    RecordJudge.Finding recorded = RecordJudge.judge(directory, records);
    findings.addAll(called.findings());
    findings.addAll(recorded.findings());
    out.println(
        JSON.writeValueAsString(
            Map.of(
                "calls", called.acknowledged(),
                "rows", called.rows(),
                "lost", called.lost(),
                "outOfOrder", called.outOfOrder(),
                "records", recorded.acknowledged(),
                "recordsPresent", recorded.present(),
                "recordsMissing", recorded.missing(),
                "findings", findings)));
    return called.isGood() && recorded.isGood() && findings.isEmpty() ? 0 : 1;
  }
}

package io.lockstep.demo.judge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.topology.JavaProgram;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Runs the {@link Judge} as a process of its own and reads what it says. Blocking. */
public final class JudgeProcess {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JudgeProcess() {}

  /**
   * What the judge said.
   *
   * @param exitCode 0 good, 1 something is wrong with the data
   * @param json its line
   */
  public record Verdict(int exitCode, JsonNode json) {
    /** Whether nothing is wrong. */
    public boolean isGood() {
      return exitCode == 0;
    }
  }

  /**
   * Judges what survived: database and records of the module's directory against what was
   * acknowledged.
   *
   * @throws IOException if the judge could not judge
   */
  public static Verdict survivor(Path directory, Path calls, Path records) throws IOException {
    return run("survivor", directory, calls, records);
  }

  /**
   * Judges whether two trees are identical.
   *
   * @throws IOException if the judge could not judge
   */
  public static Verdict identical(Path left, Path right) throws IOException {
    return run("identical", left, right);
  }

  /**
   * Measures what differs from an earlier state.
   *
   * @throws IOException if the judge could not judge
   */
  public static Verdict changed(Path before, Path now) throws IOException {
    return run("changed", before, now);
  }

  private static Verdict run(String command, Path... paths) throws IOException {
    List<String> words = JavaProgram.command("256m", Judge.class.getName(), command);
    for (Path path : paths) {
      words.add(path.toString());
    }
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (InputStream out = process.getInputStream()) {
      String line = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      int exitCode = process.waitFor();
      if (exitCode > 1 || line.isBlank()) {
        throw new IOException("the judge ended with %d: %s".formatted(exitCode, line));
      }
      return new Verdict(exitCode, JSON.readTree(line));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while judging", e);
    }
  }
}

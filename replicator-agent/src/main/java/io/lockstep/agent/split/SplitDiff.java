package io.lockstep.agent.split;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What differs between the two sides' content of one file: a unified diff, where both are text. */
public final class SplitDiff {
  /** Longest content that is compared line by line. */
  public static final int MOST_BYTES = 256 * 1024;

  private static final int MOST_LINES = 2_000;

  /** The time that comparing takes grows with the square of it, where nothing is alike. */
  private static final int MOST_COMPARED = 5_000;

  private static final int CONTEXT = 3;

  /** The two names. */
  private static final int HEADER_LINES = 2;

  private SplitDiff() {}

  /**
   * One side.
   *
   * @param content null where the file is not there
   * @param sizeBytes of the whole file, of which {@code content} is the beginning
   */
  public record Side(String node, byte[] content, long sizeBytes) {
    private String title(String path) {
      return node + ":" + path + (content == null ? " (not there)" : "");
    }
  }

  /** For people, at most 2 000 lines. */
  public static String of(String path, Side one, Side other) {
    Optional<List<String>> before = lines(one);
    Optional<List<String>> after = lines(other);
    if (before.isEmpty() || after.isEmpty()) {
      return one.title(path)
          + ", "
          + one.sizeBytes()
          + " bytes\n"
          + other.title(path)
          + ", "
          + other.sizeBytes()
          + " bytes\nNot compared line by line: no text, or longer than "
          + MOST_BYTES
          + " bytes or "
          + MOST_COMPARED
          + " lines.";
    }
    List<String> diff =
        UnifiedDiffUtils.generateUnifiedDiff(
            one.title(path),
            other.title(path),
            before.get(),
            DiffUtils.diff(before.get(), after.get(), new MyersDiffWithLinearSpace<String>(), null),
            CONTEXT);
    if (diff.isEmpty()) {
      return "No difference: both sides have the same " + one.sizeBytes() + " bytes.";
    }
    List<String> shown =
        new ArrayList<>(readable(diff).subList(0, Math.min(diff.size(), MOST_LINES)));
    if (diff.size() > MOST_LINES) {
      shown.add("… " + (diff.size() - MOST_LINES) + " more lines differ");
    }
    return String.join("\n", shown);
  }

  /** Between what both have: first what only the one has, then what only the other has. */
  private static List<String> readable(List<String> diff) {
    List<String> ordered = new ArrayList<>(diff.subList(0, HEADER_LINES));
    List<String> added = new ArrayList<>();
    for (String line : diff.subList(HEADER_LINES, diff.size())) {
      if (line.startsWith("+")) {
        added.add(line);
      } else {
        if (!line.startsWith("-")) {
          ordered.addAll(added);
          added.clear();
        }
        ordered.add(line);
      }
    }
    ordered.addAll(added);
    return ordered;
  }

  /** Empty where it is no text; a control character that a terminal obeys is none. */
  private static Optional<List<String>> lines(Side side) {
    if (side.content() == null) {
      return Optional.of(List.of());
    }
    if (side.sizeBytes() > MOST_BYTES || side.content().length != side.sizeBytes()) {
      return Optional.empty();
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(side.content())).toString();
      boolean plain =
          text.chars().allMatch(c -> c == '\n' || c == '\r' || c == '\t' || !isControl(c));
      return plain
          ? Optional.of(lines(text)).filter(l -> l.size() <= MOST_COMPARED)
          : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** A last line without its end differs from one with it, and says so. */
  private static List<String> lines(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    String last = lines.remove(lines.size() - 1);
    if (!last.isEmpty()) {
      lines.add(last + "\n\\ No newline at end of file");
    }
    return lines;
  }

  private static boolean isControl(int character) {
    return Character.isISOControl(character);
  }
}

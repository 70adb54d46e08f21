package io.lockstep.agent.configuration;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads one YAML document into nodes with places. Refuses what a configuration does not need and
 * what hides its meaning: several documents, anchors, aliases, tags, deep nesting.
 */
final class YamlReader {
  private static final int MOST_CHARACTERS = 1 << 20;
  private static final int DEEPEST = 24;
  private static final Pattern PLACE = Pattern.compile("line (\\d{1,7}), column (\\d{1,7})");

  private final Problems problems;
  private final YAMLParser parser;

  private YamlReader(YAMLParser parser, Problems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /** The document, or nothing after a problem that leaves nothing to look at. */
  static Optional<YamlNode> read(String text, Problems problems) {
    if (text.length() > MOST_CHARACTERS) {
      problems.add(1, 1, "", text.length() + " characters", "at most " + MOST_CHARACTERS);
      return Optional.empty();
    }
    try (YAMLParser parser = new YAMLFactory().createParser(text)) {
      return new YamlReader(parser, problems).document();
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      notYaml(
          e.getOriginalMessage(),
          at == null ? 1 : at.getLineNr(),
          at == null ? 1 : at.getColumnNr(),
          problems);
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      // The YAML scanner answers some hostile inputs with exceptions of its own.
      notYaml(e.getMessage(), 1, 1, problems);
      return Optional.empty();
    }
  }

  private Optional<YamlNode> document() throws IOException {
    if (parser.nextToken() == null) {
      problems.add(1, 1, "", "an empty file", "the keys of docs/configuration.md");
      return Optional.empty();
    }
    YamlNode root = value(0);
    if (parser.nextToken() != null) {
      JsonLocation at = parser.currentTokenLocation();
      problems.add(at.getLineNr(), at.getColumnNr(), "", "a second document", "one document");
    }
    return Optional.of(root);
  }

  private YamlNode value(int depth) throws IOException {
    JsonLocation at = parser.currentTokenLocation();
    int line = at.getLineNr();
    int column = at.getColumnNr();
    refuseReferences(line, column);
    if (depth > DEEPEST) {
      throw new IllegalStateException("values nested deeper than " + DEEPEST + " levels");
    }
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      return new YamlNode.Mapping(line, column, entries(depth));
    }
    if (token == JsonToken.START_ARRAY) {
      List<YamlNode> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(value(depth + 1));
      }
      return new YamlNode.Sequence(line, column, items);
    }
    String text = parser.getText();
    boolean nothing = token == JsonToken.VALUE_NULL;
    return new YamlNode.Scalar(line, column, text == null ? "" : text, nothing);
  }

  private List<YamlNode.Entry> entries(int depth) throws IOException {
    List<YamlNode.Entry> entries = new ArrayList<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      JsonLocation at = parser.currentTokenLocation();
      String key = parser.currentName();
      parser.nextToken();
      entries.add(
          new YamlNode.Entry(
              at.getLineNr(), at.getColumnNr(), key == null ? "" : key, value(depth + 1)));
    }
    return entries;
  }

  private void refuseReferences(int line, int column) throws IOException {
    if (parser.isCurrentAlias()) {
      problems.add(line, column, "", "the alias *" + parser.getText(), "the value itself");
    } else if (parser.getObjectId() != null) {
      problems.add(line, column, "", "the anchor &" + parser.getObjectId(), "no anchors");
    } else if (parser.getTypeId() != null) {
      problems.add(line, column, "", "the tag " + parser.getTypeId(), "no tags");
    }
  }

  /** The scanner's message ends with the place of the problem; its location is the context's. */
  private static void notYaml(String message, int atLine, int atColumn, Problems problems) {
    String text = message == null ? "" : message;
    int line = Math.max(1, atLine);
    int column = Math.max(1, atColumn);
    Matcher place = PLACE.matcher(text);
    while (place.find()) {
      line = Integer.parseInt(place.group(1));
      column = Integer.parseInt(place.group(2));
    }
    String what =
        text.lines()
            .filter(l -> !l.isBlank() && !l.startsWith(" "))
            .collect(Collectors.joining(", "))
            .replaceAll("\\p{Cntrl}", "?");
    problems.add(line, column, "", "something that is not YAML (" + what + ")", "valid YAML");
  }
}

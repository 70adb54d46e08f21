package io.lockstep.agent.configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One map of the file while it is read. Unknown and duplicate keys are told at once; what is
 * missing or wrong is told when it is asked for, and answered with the default, or with null where
 * there is none.
 */
final class Section {
  private final String path;
  private final String pattern;
  private final YamlNode at;
  private final Map<String, YamlNode> values = new LinkedHashMap<>();
  private final Problems problems;

  private Section(String path, String pattern, YamlNode at, Problems problems) {
    this.path = path;
    this.pattern = pattern;
    this.at = at;
    this.problems = problems;
    problems.place(path, at);
  }

  /** A section whose keys are those of {@link Key} below {@code pattern}. */
  static Section of(String path, String pattern, YamlNode node, Problems problems) {
    Section section = new Section(path, pattern, node, problems);
    section.fill(Key.words(pattern));
    return section;
  }

  private void fill(List<String> words) {
    if (!(at instanceof YamlNode.Mapping mapping)) {
      problems.add(
          at,
          path,
          "a map" + (words.isEmpty() ? "" : " with the keys " + String.join(", ", words)));
      return;
    }
    for (YamlNode.Entry entry : mapping.entries()) {
      String child = child(entry.key());
      if (!words.isEmpty() && !words.contains(entry.key())) {
        String hint =
            NearestWord.of(entry.key(), words).map(w -> "did you mean '" + w + "'? ").orElse("");
        problems.add(
            entry.line(),
            entry.column(),
            child,
            "the unknown key '" + entry.key() + "'",
            hint + "one of " + String.join(", ", words));
      } else if (values.containsKey(entry.key())) {
        String first = "the first is on line " + values.get(entry.key()).line();
        problems.add(
            entry.line(), entry.column(), child, "the key a second time", "each once; " + first);
      } else {
        values.put(entry.key(), entry.value());
        problems.place(child, entry.value());
      }
    }
  }

  /** Whether a map is written at {@code word}. */
  boolean hasMap(String word) {
    return values.get(word) instanceof YamlNode.Mapping;
  }

  /** Tells that what is written here is not what {@code key} takes. */
  void wrong(Key key, YamlNode node) {
    problems.add(node == null ? at : node, path, key.allowed());
  }

  /** The text that is written at {@code word}; empty where none is, or something else. */
  String scalarAt(String word) {
    return values.containsKey(word) ? scalar(values.get(word)).orElse("") : "";
  }

  boolean has(String word) {
    return values.containsKey(word);
  }

  YamlNode at() {
    return at;
  }

  String path() {
    return path;
  }

  String child(String word) {
    return path.isEmpty() ? word : path + "." + word;
  }

  /** The section below; empty, so that all defaults hold, where it is not written. */
  Section section(String word) {
    YamlNode node = values.get(word);
    String below = pattern.isEmpty() ? word : pattern + "." + word;
    return of(
        child(word),
        below,
        node != null ? node : new YamlNode.Mapping(at.line(), at.column(), List.of()),
        problems);
  }

  /** The sections below {@code word}, by the names that the user chose. */
  Map<String, Section> named(String word) {
    Map<String, Section> sections = new LinkedHashMap<>();
    YamlNode node = values.get(word);
    if (node == null) {
      problems.add(at.line(), at.column(), child(word), "nothing", "a map of name to settings");
      return sections;
    }
    Section names = new Section(child(word), "", node, problems);
    names.fill(List.of());
    names.values.forEach(
        (name, value) -> {
          String place = names.child(name);
          if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")) {
            problems.add(
                value.line(), value.column(), place, "'" + name + "'", Kind.NAME.allowed());
          }
          sections.put(name, of(place, word + ".*", value, problems));
        });
    return sections;
  }

  /** The items of a list of maps; none where the list is not written. */
  List<Section> items(String word, boolean required) {
    List<Section> sections = new ArrayList<>();
    YamlNode node = values.get(word);
    String place = child(word);
    if (node instanceof YamlNode.Sequence list && !(required && list.items().isEmpty())) {
      for (YamlNode item : list.items()) {
        String itemPath = place + "[" + sections.size() + "]";
        sections.add(of(itemPath, pattern + "." + word + "[]", item, problems));
      }
    } else if (node != null) {
      problems.add(node, place, "a list of maps" + (required ? ", at least one" : ""));
    } else if (required) {
      problems.add(at.line(), at.column(), place, "nothing", "a list of maps, at least one");
    }
    return sections;
  }

  /** Text that {@code check} accepts; null where required and missing or wrong. */
  String text(Key key, Predicate<String> check) {
    return value(key, text -> Optional.of(text).filter(t -> !t.isBlank()).filter(check));
  }

  Duration duration(Key key) {
    return value(key, text -> Units.duration(text).filter(d -> inRange(key, d.toMillis())));
  }

  long size(Key key) {
    return value(key, text -> Units.size(text).filter(n -> inRange(key, n)));
  }

  int count(Key key) {
    return value(
        key,
        text ->
            Optional.of(text)
                .filter(t -> t.matches("\\d{1,9}"))
                .map(Integer::valueOf)
                .filter(n -> inRange(key, n)));
  }

  boolean flag(Key key) {
    return value(
        key,
        text ->
            Optional.of(text)
                .filter(t -> t.equals("true") || t.equals("false"))
                .map("true"::equals));
  }

  String choice(Key key) {
    return value(key, text -> Optional.of(text).filter(key.kind()::offers));
  }

  Endpoint endpoint(Key key) {
    return value(key, Units::endpoint);
  }

  /** A list of scalars; empty where not written and not required. */
  <T> List<T> list(Key key, Function<String, Optional<T>> reader, String each) {
    YamlNode node = values.get(key.word());
    String place = child(key.word());
    List<T> items = new ArrayList<>();
    if (node == null && !key.required()) {
      return items;
    }
    if (!(node instanceof YamlNode.Sequence list) || (key.required() && list.items().isEmpty())) {
      problems.add(node == null ? nothing() : node, place, key.allowed());
      return items;
    }
    int index = 0;
    for (YamlNode item : list.items()) {
      String itemPath = place + "[" + index++ + "]";
      problems.place(itemPath, item);
      Optional<T> value = scalar(item).flatMap(reader);
      if (value.isEmpty()) {
        problems.add(item, itemPath, each);
      }
      value.ifPresent(items::add);
    }
    return items;
  }

  /** Lists of texts, by the names that the user chose; none where the map is not written. */
  Map<String, List<String>> lists(String word, Key key) {
    Map<String, List<String>> lists = new LinkedHashMap<>();
    YamlNode node = values.get(word);
    if (node == null) {
      return lists;
    }
    Section names = new Section(child(word), "", node, problems);
    names.fill(List.of());
    names.values.forEach(
        (name, value) -> {
          if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")) {
            problems.add(value, names.child(name), Kind.NAME.allowed());
          }
          lists.put(name, texts(key, names.child(name), value));
        });
    return lists;
  }

  private List<String> texts(Key key, String place, YamlNode node) {
    List<String> texts = new ArrayList<>();
    if (!(node instanceof YamlNode.Sequence list)) {
      problems.add(node, place, key.allowed());
      return texts;
    }
    for (YamlNode item : list.items()) {
      String itemPath = place + "[" + texts.size() + "]";
      problems.place(itemPath, item);
      if (scalar(item).isEmpty()) {
        problems.add(item, itemPath, key.allowed());
      }
      texts.add(scalar(item).orElse(""));
    }
    return texts;
  }

  /** A map of text to text. */
  Map<String, String> texts(Key key) {
    Map<String, String> texts = new LinkedHashMap<>();
    YamlNode node = values.get(key.word());
    if (node != null) {
      Section map = new Section(child(key.word()), "", node, problems);
      map.fill(List.of());
      map.values.forEach(
          (name, value) -> {
            if (scalar(value).isEmpty() || !name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
              problems.add(value, map.child(name), key.allowed());
            }
            texts.put(name, scalar(value).orElse(""));
          });
    }
    return texts;
  }

  /**
   * A value for each node: one text, in which {@code ${node}} is the node's name, or a map of node
   * to text. A node whose value is missing or wrong is left out.
   */
  <T> PerNode<T> perNode(Key key, Collection<String> nodes, Function<String, Optional<T>> reader) {
    YamlNode node = values.get(key.word());
    String place = child(key.word());
    Map<String, T> read = new LinkedHashMap<>();
    if (node instanceof YamlNode.Mapping) {
      Section map = new Section(place, "", node, problems);
      map.fill(List.copyOf(nodes));
      for (String name : nodes) {
        YamlNode value = map.values.get(name);
        if (value == null) {
          problems.add(node.line(), node.column(), map.child(name), "nothing", key.allowed());
        } else {
          put(read, name, scalar(value).flatMap(reader), value, map.child(name), key);
        }
      }
      return new PerNode<>(read);
    }
    if (node == null && key.required()) {
      problems.add(nothing(), place, key.allowed());
      return new PerNode<>(read);
    }
    Optional<String> text = node == null ? Optional.of(key.defaultText()) : scalar(node);
    Optional<T> first = text.flatMap(t -> reader.apply(t.replace("${node}", "node")));
    if (first.isEmpty()) {
      problems.add(node == null ? at : node, place, key.allowed());
      return new PerNode<>(read);
    }
    for (String name : nodes) {
      reader.apply(text.get().replace("${node}", name)).ifPresent(v -> read.put(name, v));
    }
    return new PerNode<>(read);
  }

  private <T> void put(
      Map<String, T> into, String name, Optional<T> value, YamlNode node, String place, Key key) {
    if (value.isEmpty()) {
      problems.add(node, place, key.allowed());
    }
    value.ifPresent(v -> into.put(name, v));
  }

  private <T> T value(Key key, Function<String, Optional<T>> reader) {
    YamlNode node = values.get(key.word());
    T fallback = key.required() ? null : reader.apply(key.defaultText()).orElse(null);
    if (node == null) {
      if (key.required() && at instanceof YamlNode.Mapping) {
        problems.add(nothing(), child(key.word()), key.allowed());
      }
      return fallback;
    }
    Optional<T> value = scalar(node).flatMap(reader);
    if (value.isEmpty()) {
      problems.add(node, child(key.word()), key.allowed());
    }
    return value.orElse(fallback);
  }

  private YamlNode nothing() {
    return new YamlNode.Scalar(at.line(), at.column(), "", true);
  }

  private static Optional<String> scalar(YamlNode node) {
    return node instanceof YamlNode.Scalar scalar && !scalar.nothing()
        ? Optional.of(scalar.text())
        : Optional.empty();
  }

  private static boolean inRange(Key key, long value) {
    return value >= key.kind().low() && value <= key.kind().high();
  }

  /** As {@link #perNode} for paths. */
  PerNode<Path> paths(Key key, Collection<String> nodes) {
    return perNode(key, nodes, Units::path);
  }
}

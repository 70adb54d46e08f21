package io.lockstep.agent.configuration;

import java.util.List;

/** A value of a YAML document with its place. Scalars stay text: what they mean is the key's. */
sealed interface YamlNode {
  /** From 1. */
  int line();

  /** From 1. */
  int column();

  /** For "found …" in an error. */
  String describe();

  /** Text, or nothing at all ({@code key:}, {@code ~}, {@code null}). */
  record Scalar(int line, int column, String text, boolean nothing) implements YamlNode {
    @Override
    public String describe() {
      String shown = text.length() > 80 ? text.substring(0, 77) + "…" : text;
      return nothing ? "nothing" : "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }
  }

  /** A list. */
  record Sequence(int line, int column, List<YamlNode> items) implements YamlNode {
    @Override
    public String describe() {
      return items.isEmpty() ? "an empty list" : "a list";
    }
  }

  /** Keys and values in the order of the file, duplicates included. */
  record Mapping(int line, int column, List<Entry> entries) implements YamlNode {
    @Override
    public String describe() {
      return entries.isEmpty() ? "an empty map" : "a map";
    }
  }

  /** A key, its own place, and its value. */
  record Entry(int line, int column, String key, YamlNode value) {}
}

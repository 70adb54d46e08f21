package io.lockstep.agent.configuration;

import com.google.errorprone.annotations.Immutable;

/**
 * What a key takes, and the words for it in errors and documentation.
 *
 * @param shape how it is read
 * @param allowed one phrase for the operator
 * @param low lowest value where the shape has an order: milliseconds, bytes, or a count
 * @param high highest
 */
@Immutable
record Kind(Shape shape, String allowed, long low, long high) {
  /** How a value is read. */
  enum Shape {
    TEXT,
    PATH,
    DURATION,
    SIZE,
    COUNT,
    BOOLEAN,
    CHOICE,
    ENDPOINT
  }

  static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}";

  static final Kind NAME =
      plain(Shape.TEXT, "a name of letters, digits, '-' and '_', 1 to 63 long");
  static final Kind ARBITER =
      plain(Shape.TEXT, "'none', or a map with one of the keys etcd, file, command");
  static final Kind URLS =
      plain(
          Shape.TEXT,
          "a list of addresses such as https://10.0.1.9:2379 or http://etcd-1.example:2379");
  static final Kind URL =
      plain(
          Shape.TEXT, "an address such as http://127.0.0.1:8080/health, without user and password");
  static final Kind ADDRESS = plain(Shape.TEXT, "a numeric address, such as 10.0.1.1 or fd00::1");
  static final Kind TEXT = plain(Shape.TEXT, "text");
  static final Kind KEY =
      plain(Shape.TEXT, "a path such as /lockstep, of letters, digits and /._-");
  static final Kind NODE = plain(Shape.TEXT, "the name of one of the two nodes");
  static final Kind COMMAND = plain(Shape.TEXT, "a command line for /bin/sh");
  static final Kind BOOLEAN = plain(Shape.BOOLEAN, "true or false");
  static final Kind ENDPOINT =
      plain(
          Shape.ENDPOINT,
          "a numeric address and a port, such as 10.0.1.1:7400 or [fd00::1]:7400 (host names are"
              + " not looked up)");
  static final Kind ENDPOINTS = plain(Shape.ENDPOINT, "a list of addresses with ports");
  static final Kind ENDPOINT_PER_NODE =
      plain(Shape.ENDPOINT, ENDPOINT.allowed + ", or a map of node to that");
  static final Kind PATH_PER_NODE =
      plain(
          Shape.PATH,
          "an absolute path without '.' and '..'; `${node}` stands for the node's name; or a map of"
              + " node to path");
  static final Kind INTERFACE_PER_NODE =
      plain(
          Shape.TEXT,
          "the name of a network interface, at most 15 characters, or a map of node to that");
  static final Kind IP_WITH_PREFIX =
      plain(Shape.TEXT, "an address with prefix length, such as 10.0.1.50/24 or fd00::50/64");
  static final Kind GLOBS =
      plain(Shape.TEXT, "a list of globs relative to the directory, such as \"tmp/**\"");
  static final Kind MODULES =
      plain(Shape.TEXT, "a list of two or more modules, in the order in which they start");
  static final Kind UNIT =
      plain(Shape.TEXT, "the name of a service unit with its suffix, such as desk.service");
  static final Kind STEPS = plain(Shape.TEXT, "a list of names of steps");
  static final Kind ENVIRONMENT = plain(Shape.TEXT, "a map of variable to text");

  private static Kind plain(Shape shape, String allowed) {
    return new Kind(shape, allowed, 0, 0);
  }

  static Kind duration(String low, String high) {
    return new Kind(
        Shape.DURATION,
        "a duration with its unit (ms, s, m, h) from " + low + " to " + high,
        Units.duration(low).orElseThrow().toMillis(),
        Units.duration(high).orElseThrow().toMillis());
  }

  static Kind size(String low, String high) {
    return new Kind(
        Shape.SIZE,
        "a size with its unit (B, KiB, MiB, GiB, TiB) from " + low + " to " + high,
        Units.size(low).orElseThrow(),
        Units.size(high).orElseThrow());
  }

  static Kind count(int low, int high) {
    return new Kind(Shape.COUNT, "a whole number from " + low + " to " + high, low, high);
  }

  static Kind choice(String... words) {
    String either = words.length == 1 ? "" : "one of ";
    return new Kind(Shape.CHOICE, either + "'" + String.join("', '", words) + "'", 0, 0);
  }

  /** Whether a choice has that word. */
  boolean offers(String word) {
    return allowed.contains("'" + word + "'") && !word.contains("'");
  }
}

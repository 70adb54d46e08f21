package io.lockstep.agent.configuration;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code modules.*.checkers}. */
final class CheckerReader {
  private static final List<String> KINDS =
      List.of("tcp", "http", "ping", "interface", "address", "space", "process", "unit", "run");

  /**
   * Of those the other node may have more luck, and the application itself need not be at fault.
   */
  private static final Set<String> SURROUNDINGS = Set.of("ping", "interface", "address", "space");

  private final Collection<String> nodes;
  private final Problems problems;

  CheckerReader(Collection<String> nodes, Problems problems) {
    this.nodes = nodes;
    this.problems = problems;
  }

  /**
   * Those that are written, after one with the defaults for each unit that none of them names.
   *
   * @param units of the module's application
   */
  List<CheckerConfiguration> read(Section module, List<String> units) {
    List<CheckerConfiguration> written = written(module);
    List<CheckerConfiguration> all = new ArrayList<>();
    for (String unit : units) {
      if (written.stream().noneMatch(c -> c.unit().equals(Optional.of(unit)))) {
        all.add(checker(naming(unit, module), "unit"));
      }
    }
    all.addAll(written);
    return all;
  }

  private Section naming(String unit, Section module) {
    int line = module.at().line();
    int column = module.at().column();
    YamlNode name = new YamlNode.Scalar(line, column, unit, false);
    return Section.of(
        module.child("application"),
        "modules.*.checkers[]",
        new YamlNode.Mapping(line, column, List.of(new YamlNode.Entry(line, column, "unit", name))),
        problems);
  }

  private List<CheckerConfiguration> written(Section module) {
    List<CheckerConfiguration> checkers = new ArrayList<>();
    Set<String> names = new HashSet<>(Set.of("check"));
    for (Section section : module.items("checkers", false)) {
      List<String> kinds = KINDS.stream().filter(section::has).toList();
      if (kinds.size() != 1) {
        problems.add(
            section.at(), section.path(), "exactly one of the keys " + String.join(", ", KINDS));
        continue;
      }
      CheckerConfiguration checker = checker(section, kinds.get(0));
      if (!names.add(checker.name())) {
        problems.addAt(
            section.child("name"),
            "'" + checker.name() + "' a second time",
            "a name of its own, other than 'check'");
      }
      checkers.add(checker);
    }
    if (!checkers.isEmpty() && !module.has("application")) {
      problems.addAt(module.child("checkers"), "checkers", "none without an application");
    }
    return checkers;
  }

  private CheckerConfiguration checker(Section section, String kind) {
    return new CheckerConfiguration(
        name(section, kind),
        kind.equals("tcp") ? Optional.ofNullable(section.endpoint(Key.CHECKER_TCP)) : none(),
        kind.equals("http") ? http(section.section("http")) : none(),
        kind.equals("ping")
            ? Optional.ofNullable(text(section, Key.CHECKER_PING)).flatMap(Units::address)
            : none(),
        kind.equals("interface")
            ? section.perNode(Key.CHECKER_INTERFACE, nodes, ConfigurationParser::interfaceName)
            : new PerNode<>(Map.of()),
        kind.equals("address") && section.choice(Key.CHECKER_ADDRESS) != null,
        kind.equals("space") ? space(section.section("space")) : none(),
        kind.equals("process") ? Optional.ofNullable(text(section, Key.CHECKER_PROCESS)) : none(),
        kind.equals("unit") ? Optional.ofNullable(text(section, Key.CHECKER_UNIT)) : none(),
        kind.equals("run") ? Optional.ofNullable(text(section, Key.CHECKER_RUN)) : none(),
        section.duration(Key.CHECKER_EVERY),
        section.duration(Key.CHECKER_TIMEOUT),
        section.count(Key.CHECKER_FAILURES),
        then(section, kind));
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private static String text(Section section, Key key) {
    boolean address = key == Key.CHECKER_PING;
    return section.text(key, t -> !address || Units.address(t).isPresent());
  }

  private static String name(Section section, String kind) {
    if (section.has(Key.CHECKER_NAME.word())) {
      String name = section.text(Key.CHECKER_NAME, t -> t.length() <= 63);
      return name == null ? "" : name;
    }
    String about = section.scalarAt(kind);
    return about.isEmpty() || kind.equals("address") ? kind : kind + " " + about;
  }

  private Optional<CheckerConfiguration.Http> http(Section http) {
    String url = http.text(Key.CHECKER_HTTP_URL, CheckerReader::isUrl);
    int status = http.count(Key.CHECKER_HTTP_STATUS);
    String contains =
        http.has(Key.CHECKER_HTTP_CONTAINS.word())
            ? http.text(Key.CHECKER_HTTP_CONTAINS, t -> true)
            : "";
    return url == null
        ? Optional.empty()
        : Optional.of(new CheckerConfiguration.Http(url, status, contains == null ? "" : contains));
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = URI.create(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      return web && uri.getHost() != null && uri.getRawUserInfo() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private Optional<CheckerConfiguration.Space> space(Section space) {
    PerNode<Path> path = space.paths(Key.CHECKER_SPACE_PATH, nodes);
    return Optional.of(new CheckerConfiguration.Space(path, space.size(Key.CHECKER_SPACE_FREE)));
  }

  private CheckerConfiguration.Then then(Section section, String kind) {
    String fallback = SURROUNDINGS.contains(kind) ? "switchover" : "restart";
    String written =
        section.has(Key.CHECKER_THEN.word()) ? section.choice(Key.CHECKER_THEN) : fallback;
    String word = written == null ? fallback : written;
    boolean own = kind.equals("process") || kind.equals("address") || kind.equals("unit");
    if (word.equals("wait") && own) {
      problems.addAt(
          section.child("then"),
          "'wait' for what is there only while the application runs",
          "'restart', 'switchover' or 'stop'");
    }
    return CheckerConfiguration.Then.valueOf(word.toUpperCase(Locale.ROOT));
  }
}

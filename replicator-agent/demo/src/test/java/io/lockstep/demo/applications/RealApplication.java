package io.lockstep.demo.applications;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What is run on the mount: a script of this name in {@code src/test/applications}. */
enum RealApplication {
  SQLITE(true, "sqlite3"),
  GIT(true, "git"),
  TAR(true, "tar", "getfattr", "getfacl"),
  RSYNC(true, "rsync", "getfattr", "getfacl"),
  PROGRAMS(true, "setpriv"),
  MAVEN(false, "mvn"),
  MARIADB(false, "mariadbd", "mariadb-install-db"),
  POSTGRESQL(false, "gcc", "make", "pg_lsclusters");

  private final boolean quick;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> commands;

  RealApplication(boolean quick, String... commands) {
    this.quick = quick;
    this.commands = List.of(commands);
  }

  /** Those of a few seconds each. */
  static List<RealApplication> sample() {
    return Stream.of(values()).filter(each -> each.quick).toList();
  }

  String script() {
    return name().toLowerCase(Locale.ROOT) + ".sh";
  }

  /** The programs without which it cannot run. */
  List<String> commands() {
    return commands;
  }
}

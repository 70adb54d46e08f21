package io.lockstep.demo.judge;

import io.lockstep.demo.desk.Databases;
import io.lockstep.demo.topology.Cleanup;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * A copy of the desk's database outside both nodes, opened by the judge's own connection. The copy
 * may be of a database that nobody closed: opening it recovers it, as a restart would.
 */
final class DatabaseCopy implements AutoCloseable {
  /** Where Debian keeps the programs of its PostgreSQL server. */
  private static final Path POSTGRESQL = Path.of("/usr/lib/postgresql");

  /** The name of PostgreSQL's directory in the module's directory. */
  private static final String CLUSTER = "postgresql";

  private final Path copy;
  private final Connection connection;
  private final boolean server;

  private DatabaseCopy(Path copy, Connection connection, boolean server) {
    this.copy = copy;
    this.connection = connection;
    this.server = server;
  }

  /** Copies and opens whichever database lies in {@code directory}. */
  static DatabaseCopy of(Path directory) throws IOException, SQLException {
    Path copy = Files.createTempDirectory("lockstep-judge");
    return Files.exists(directory.resolve(CLUSTER))
        ? postgresql(directory, copy)
        : sqlite(directory, copy);
  }

  private static DatabaseCopy sqlite(Path directory, Path copy) throws IOException, SQLException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(Databases.SQLITE_FILE)) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    return new DatabaseCopy(
        copy,
        DriverManager.getConnection("jdbc:sqlite:" + copy.resolve(Databases.SQLITE_FILE)),
        false);
  }

  private static DatabaseCopy postgresql(Path directory, Path copy)
      throws IOException, SQLException {
    Shell.run("cp", "-a", directory.resolve(CLUSTER).toString(), copy.toString());
    Files.deleteIfExists(copy.resolve(CLUSTER).resolve("postmaster.pid"));
    Shell.run("chown", "-R", "postgres", copy.toString());
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Shell.run(
        "runuser",
        "-u",
        "postgres",
        "--",
        program("pg_ctl"),
        "-w",
        "-t",
        "50",
        "-D",
        copy.resolve(CLUSTER).toString(),
        "-l",
        copy.resolve("log").toString(),
        "-o",
        "-c port=%d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s"
            .formatted(port, copy),
        "start");
    return new DatabaseCopy(copy, Databases.connect("127.0.0.1", port), true);
  }

  private static String program(String name) throws IOException {
    try (Stream<Path> versions = Files.list(POSTGRESQL)) {
      return versions
          .map(version -> version.resolve("bin").resolve(name))
          .filter(Files::isExecutable)
          .max(Path::compareTo)
          .orElseThrow(() -> new IOException("no PostgreSQL server below " + POSTGRESQL))
          .toString();
    }
  }

  Connection connection() {
    return connection;
  }

  /** What the database's own check says against itself; empty if it is clean. */
  List<String> integrity() throws SQLException, IOException {
    if (server) {
      return amcheck();
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
      row.next();
      String verdict = row.getString(1);
      return "ok".equals(verdict) ? List.of() : List.of("integrity_check: " + verdict);
    }
  }

  private List<String> amcheck() throws SQLException, IOException {
    int port = Integer.parseInt(setting("port"));
    Shell.Result result =
        Shell.attempt(
            program("pg_amcheck"),
            "--install-missing",
            "--heapallindexed",
            "-h",
            copy.toString(),
            "-p",
            Integer.toString(port),
            "-U",
            "postgres",
            "postgres");
    return result.succeeded() ? List.of() : List.of("pg_amcheck: " + result.output());
  }

  private String setting(String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() throws SQLException, IOException {
    connection.close();
    if (server) {
      Shell.run(
          "runuser",
          "-u",
          "postgres",
          "--",
          program("pg_ctl"),
          "-w",
          "-m",
          "fast",
          "-D",
          copy.resolve(CLUSTER).toString(),
          "stop");
    }
    Cleanup.deleteTree(copy);
  }
}

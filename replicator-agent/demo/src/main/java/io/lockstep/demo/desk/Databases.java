package io.lockstep.demo.desk;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** Opens the databases that the desk can keep its calls in. */
public final class Databases {
  /** The name of the SQLite file in the module's directory. */
  public static final String SQLITE_FILE = "calls.db";

  private Databases() {}

  /**
   * Opens the SQLite file in {@code directory} with {@code synchronous=FULL} and the default
   * rollback journal: a committed row is on stable storage.
   *
   * @throws SQLException if it cannot be opened
   */
  public static CallStore sqlite(Path directory) throws SQLException {
    Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve(SQLITE_FILE));
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA synchronous=FULL");
    }
    return new CallStore(connection, "INTEGER PRIMARY KEY AUTOINCREMENT");
  }

  /**
   * Connects to the PostgreSQL server of the node.
   *
   * @throws SQLException if it does not answer
   */
  public static CallStore postgresql(String host, int port) throws SQLException {
    return new CallStore(connect(host, port), "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
  }

  /**
   * A plain connection to a PostgreSQL server that trusts local users.
   *
   * @throws SQLException if it does not answer
   */
  public static Connection connect(String host, int port) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "postgres");
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("sslmode", "disable");
    properties.setProperty("gssEncMode", "disable");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/postgres".formatted(host, port), properties);
  }
}

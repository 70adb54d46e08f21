package io.lockstep.bench.workload;

import io.lockstep.bench.Cell;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Inserts into SQLite, each a transaction of its own, with SQLite's defaults. */
public final class Sqlite implements Workload {
  private static final int WARM_UP = 20;
  private static final int MOST = 1_000_000;

  private final long nanos;

  /** For that long. */
  public Sqlite(int seconds) {
    nanos = seconds * 1_000_000_000L;
  }

  @Override
  public List<String> names() {
    return List.of("sqlite");
  }

  @Override
  public List<Cell> run(Subject subject, Path place) throws IOException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + place.resolve("bench.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, caller INTEGER, text TEXT)");
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO calls (caller, text) VALUES (?, ?)")) {
        for (int i = 0; i < WARM_UP; i++) {
          insert(insert, i);
        }
        Latencies latencies = new Latencies(MOST);
        long end = System.nanoTime() + nanos;
        long now = System.nanoTime();
        for (int i = 0; now < end && i < MOST; i++) {
          long before = now;
          insert(insert, i);
          now = System.nanoTime();
          latencies.add(now - before, now);
        }
        return List.of(latencies.cell(subject.name(), "sqlite", 0));
      }
    } catch (SQLException e) {
      throw new IOException("SQLite on " + subject.name() + " fails: " + e.getMessage(), e);
    }
  }

  private static void insert(PreparedStatement insert, int number) throws SQLException {
    insert.setInt(1, number);
    insert.setString(2, "a call that somebody made, number " + number);
    insert.executeUpdate();
  }
}

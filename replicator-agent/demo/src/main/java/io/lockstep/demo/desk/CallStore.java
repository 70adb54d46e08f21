package io.lockstep.demo.desk;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The desk's table of calls in an SQL database. Used by one thread.
 *
 * <p>A call that is already in the table is answered with the row that it has: a caller that lost
 * the answer may ask again.
 */
public final class CallStore implements AutoCloseable {
  private final Connection connection;
  private final PreparedStatement insert;
  private final PreparedStatement find;

  /**
   * Opens the store and makes the table if it is absent.
   *
   * @param connection a connection of the store's own
   * @param idColumn the database's type of a key that counts by itself
   * @throws SQLException if the database refuses
   */
  public CallStore(Connection connection, String idColumn) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS calls (id "
              + idColumn
              + ", caller INTEGER NOT NULL, number BIGINT NOT NULL, text TEXT NOT NULL,"
              + " UNIQUE (caller, number))");
    }
    connection.setAutoCommit(false);
    insert =
        connection.prepareStatement(
            "INSERT INTO calls (caller, number, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    find = connection.prepareStatement("SELECT id FROM calls WHERE caller = ? AND number = ?");
  }

  /**
   * Enters calls in one transaction. When it returns, the database has committed them.
   *
   * @return the row numbers of the calls, in the same order
   * @throws SQLException if nothing was committed
   */
  public long[] enter(List<Call> calls) throws SQLException {
    try {
      long[] ids = new long[calls.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = enter(calls.get(i));
      }
      connection.commit();
      return ids;
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  private long enter(Call call) throws SQLException {
    insert.setInt(1, call.caller());
    insert.setLong(2, call.number());
    insert.setString(3, call.text());
    insert.executeUpdate();
    find.setInt(1, call.caller());
    find.setLong(2, call.number());
    try (ResultSet row = find.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    insert.close();
    find.close();
    connection.close();
  }
}

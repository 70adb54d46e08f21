package io.lockstep.demo.caller;

import io.lockstep.demo.desk.Call;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One caller: places its calls one after the other, each again and again until it is acknowledged,
 * so that a later call is never placed before an earlier one was acknowledged.
 */
final class Caller implements Runnable {
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final int id;
  private final InetSocketAddress desk;
  private final Callers callers;
  private final int answerTimeoutMs;
  private long next = 1;

  Caller(int id, InetSocketAddress desk, int answerTimeoutMs, Callers callers) {
    this.id = id;
    this.desk = desk;
    this.callers = callers;
    this.answerTimeoutMs = answerTimeoutMs;
  }

  @Override
  public void run() {
    DeskConnection connection = null;
    while (callers.mayCall()) {
      Call call = Call.of(id, next);
      long since = System.nanoTime();
      boolean entered = false;
      while (!entered && !callers.isClosed()) {
        try {
          connection = connection == null ? connect() : connection;
          entered = connection.place(call) == 201;
        } catch (IOException e) {
          callers.failedAttempt();
          connection = drop(connection);
        }
        if (!entered) {
          LockSupport.parkNanos(RETRY_NANOS);
        }
      }
      if (entered) {
        callers.acknowledged(id, next, since);
        next++;
      }
    }
    drop(connection);
  }

  private DeskConnection connect() throws IOException {
    return new DeskConnection(desk, answerTimeoutMs);
  }

  private static DeskConnection drop(DeskConnection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException e) {
        // A connection that is given up: nothing depends on how it ends.
        return null;
      }
    }
    return null;
  }
}

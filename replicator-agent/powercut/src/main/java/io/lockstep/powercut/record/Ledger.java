package io.lockstep.powercut.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Remembers outside of both nodes what was acknowledged and what was synced, and tells the
 * recorders when to rest. Safe for many threads.
 */
public final class Ledger implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final ServerSocket server;

  @GuardedBy("this")
  private final Map<String, Expectation> expected = new TreeMap<>();

  @GuardedBy("this")
  private final Map<Socket, String> atWork = new HashMap<>();

  @GuardedBy("this")
  private final Set<Socket> connected = new HashSet<>();

  @GuardedBy("this")
  private boolean resting = true;

  @GuardedBy("this")
  private long writes;

  @GuardedBy("this")
  private long syncs;

  /**
   * Listens on a port of its choice; recorders rest until {@link #resume}.
   *
   * @throws IOException if there is no port
   */
  public Ledger(InetAddress address) throws IOException {
    server = new ServerSocket(0, BACKLOG, address);
    Thread thread = new Thread(this::accept, "ledger");
    thread.setDaemon(true);
    thread.start();
  }

  /** The port that recorders connect to. */
  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread thread = new Thread(() -> serve(socket), "ledger-line");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new java.io.UncheckedIOException("the ledger cannot listen", e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      String name = in.readLine();
      for (String line = name; line != null; line = in.readLine()) {
        boolean rest = hear(socket, name, line);
        out.write(rest ? 'r' : 'g');
      }
    } catch (IOException e) {
      // The recorder was killed: what it said until then has been heard.
      return;
    } finally {
      gone(socket);
    }
  }

  private synchronized void gone(Socket socket) {
    connected.remove(socket);
    atWork.remove(socket);
    notifyAll();
  }

  /** Notes one line; returns whether who said it shall rest. */
  private synchronized boolean hear(Socket socket, String name, String line) {
    connected.add(socket);
    String[] words = line.split(" ");
    switch (words[0]) {
      case "w" -> note(name, e -> e.written(number(words), words.length > 2 ? block(words) : -1));
      case "s" -> note(name, e -> e.syncedTo(number(words)));
      case "forget" -> expected.keySet().removeIf(key -> key.startsWith(words[1] + " "));
      default -> {}
    }
    writes += words[0].equals("w") ? 1 : 0;
    syncs += words[0].equals("s") ? 1 : 0;
    // Who asks rests already; who began or did something goes on until it has asked.
    if (words[0].equals("rest") && resting) {
      atWork.remove(socket);
    } else {
      atWork.put(socket, name);
    }
    notifyAll();
    return resting;
  }

  private interface Change {
    Expectation of(Expectation before);
  }

  @GuardedBy("this")
  private void note(String name, Change change) {
    String[] words = name.split(" ");
    expected.compute(
        name,
        (key, before) ->
            change.of(
                before == null ? Expectation.none(words[0], Writing.valueOf(words[1])) : before));
  }

  private static long number(String[] words) {
    return Long.parseLong(words[1]);
  }

  private static int block(String[] words) {
    return Integer.parseInt(words[2]);
  }

  /** Lets the recorders record. */
  public synchronized void resume() {
    resting = false;
  }

  /** Lets the recorders rest; returns whether each that is connected does so within the time. */
  public synchronized boolean pause(long timeoutMs) throws InterruptedException {
    resting = true;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (!atWork.isEmpty()) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  /** Who is at work, for a message. */
  public synchronized List<String> atWork() {
    return List.copyOf(atWork.values());
  }

  /**
   * Waits until so many more writes were acknowledged; returns whether they were within the time.
   */
  public synchronized boolean awaitWrites(long more, long timeoutMs) throws InterruptedException {
    long wanted = writes + more;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (writes < wanted) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  /** Writes acknowledged since the start. */
  public synchronized long writes() {
    return writes;
  }

  /** Syncs acknowledged since the start. */
  public synchronized long syncs() {
    return syncs;
  }

  /** What must be found now. */
  synchronized List<Expectation> expectations() {
    return List.copyOf(expected.values());
  }

  /** Both nodes lost power: of what has been written until now only what was synced is promised. */
  public synchronized void bothLostPower() {
    expected.replaceAll((key, before) -> before.afterLossOfBoth());
  }

  @Override
  public void close() throws IOException {
    server.close();
    synchronized (this) {
      for (Socket socket : connected) {
        socket.close();
      }
    }
  }
}

package io.lockstep.demo.recorder;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Remembers outside both nodes which records were acknowledged to their recorders, and tells the
 * recorders when to rest. Safe for many threads.
 */
public final class Collector implements AutoCloseable {
  /** A message that took longer waited in a queue behind a cut: what it says was never heard. */
  private static final long LATE_MS = 500;

  private static final long FRESH_MS = 300;

  private record Voice(String said, long atMs) {}

  private final DatagramSocket socket;
  private final Map<String, Long> acknowledged = new TreeMap<>();
  private final Map<String, Voice> voices = new TreeMap<>();
  private final Set<String> restingNodes = new HashSet<>();
  private long records;
  private boolean resting = true;

  /**
   * Listens for recorders on a port of its choice; they rest until {@link #resume}.
   *
   * @throws IOException if the address is not this machine's
   */
  public Collector(InetAddress address) throws IOException {
    socket = new DatagramSocket(0, address);
    socket.setReceiveBufferSize(1 << 20);
    Thread thread = new Thread(this::listen, "collector");
    thread.setDaemon(true);
    thread.start();
  }

  /** The port that recorders send to. */
  public int port() {
    return socket.getLocalPort();
  }

  /** Lets the recorders record. */
  public synchronized void resume() {
    resting = false;
  }

  /**
   * Lets the recorders rest.
   *
   * @return whether every recorder that is heard rests within the time
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public synchronized boolean pause(long timeoutMs) throws InterruptedException {
    resting = true;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (!allRest()) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(Math.min(leftMs, FRESH_MS));
    }
    return true;
  }

  private boolean allRest() {
    long now = System.currentTimeMillis();
    return voices.values().stream()
        .allMatch(voice -> voice.said().equals("rest") || now - voice.atMs() > FRESH_MS);
  }

  /** How many records were acknowledged since the start. */
  public synchronized long records() {
    return records;
  }

  /** How many recorders were heard within the last 300 ms. */
  public synchronized long heard() {
    long now = System.currentTimeMillis();
    return voices.values().stream().filter(voice -> now - voice.atMs() <= FRESH_MS).count();
  }

  /**
   * Keeps the recorders of a node at rest whatever the others do, or ends that. Used while a node
   * that nobody can reach serves a history of its own.
   */
  public synchronized void keepAtRest(String node, boolean atRest) {
    if (atRest) {
      restingNodes.add(node);
    } else {
      restingNodes.remove(node);
    }
  }

  /**
   * Writes the highest acknowledged number of each recorder: lines {@code run index number}.
   *
   * @throws IOException if the file cannot be written
   */
  public synchronized void write(Path file) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      for (Map.Entry<String, Long> entry : acknowledged.entrySet()) {
        writer.write(entry.getKey() + " " + entry.getValue() + "\n");
      }
    }
  }

  private void listen() {
    byte[] buffer = new byte[256];
    while (!socket.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        String message = new String(buffer, 0, packet.getLength(), StandardCharsets.US_ASCII);
        hear(message);
        byte[] answer = {shouldRest(message) ? (byte) 'r' : (byte) 'g'};
        socket.send(new DatagramPacket(answer, 1, packet.getSocketAddress()));
      } catch (IOException e) {
        if (!socket.isClosed() && e instanceof java.net.SocketException) {
          // A recorder that died between its message and the answer: others go on.
          continue;
        }
        if (!socket.isClosed()) {
          throw new UncheckedIOException("the collector cannot hear", e);
        }
      }
    }
  }

  /** The name of a run of recorders begins with the name of its node. */
  private synchronized boolean shouldRest(String message) {
    return resting || restingNodes.stream().anyMatch(message::startsWith);
  }

  private synchronized void hear(String message) {
    String[] words = message.split(" ");
    if (words.length != 4) {
      return;
    }
    long now = System.currentTimeMillis();
    if (now - Long.parseLong(words[3]) > LATE_MS) {
      return;
    }
    String recorder = words[0] + " " + words[1];
    voices.put(recorder, new Voice(words[2], now));
    if (!words[2].equals("rest")) {
      acknowledged.merge(recorder, Long.parseLong(words[2]), Math::max);
      records++;
    }
    notifyAll();
  }

  @Override
  public void close() {
    socket.close();
  }
}

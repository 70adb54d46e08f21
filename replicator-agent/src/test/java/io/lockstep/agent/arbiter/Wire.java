package io.lockstep.agent.arbiter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What lies between a client and a server on loopback. While it is cut, bytes wait in either
 * direction, as TCP keeps them, and arrive when it is whole again.
 */
final class Wire implements AutoCloseable {
  private static final int BUFFER = 4096;

  private final ServerSocket door;
  private final URI to;
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private boolean cut;

  Wire(URI to) throws IOException {
    this.to = to;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + door.getLocalPort());
  }

  synchronized void cut(boolean on) {
    cut = on;
    notifyAll();
  }

  private synchronized void awaitWhole() throws IOException {
    try {
      while (cut) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void accept() throws IOException {
    while (!door.isClosed()) {
      Socket here = door.accept();
      Socket there = new Socket(to.getHost(), to.getPort());
      sockets.add(here);
      sockets.add(there);
      start(() -> carry(here, there));
      start(() -> carry(there, here));
    }
  }

  private void carry(Socket from, Socket into) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = from.getInputStream();
        OutputStream out = into.getOutputStream()) {
      for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
        awaitWhole();
        out.write(buffer, 0, read);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // one of its ends was closed
              }
            },
            "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    cut(false);
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}

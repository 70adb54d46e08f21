package io.lockstep.replicator.link;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** Forwards connections and harms them on request. */
final class FaultyProxy implements Closeable {
  /** What happens to bytes towards the server, or back from it. */
  static final class Direction {
    private volatile boolean stalled;
    private final AtomicBoolean corruptNext = new AtomicBoolean();

    void stall() {
      stalled = true;
    }

    void heal() {
      stalled = false;
    }

    /** Flips a bit of the last byte of the next bytes that pass. */
    void corruptNext() {
      corruptNext.set(true);
    }
  }

  final Direction forth = new Direction();
  final Direction back = new Direction();
  private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final InetSocketAddress target;

  FaultyProxy(InetSocketAddress target) throws IOException {
    this.target = target;
    start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        Socket onward = new Socket(target.getAddress(), target.getPort());
        sockets.add(onward);
        start(() -> copy(client, onward, forth));
        start(() -> copy(onward, client, back));
      } catch (IOException e) {
        // the target is not there, or the proxy is closed: the client sees a closed connection
        closeAll();
      }
    }
  }

  private static void copy(Socket from, Socket to, Direction direction) {
    byte[] buffer = new byte[64 * 1024];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int read = in.read(buffer);
      while (read >= 0) {
        if (!direction.stalled) {
          if (direction.corruptNext.compareAndSet(true, false)) {
            buffer[read - 1] ^= 4;
          }
          out.write(buffer, 0, read);
        }
        read = in.read(buffer);
      }
    } catch (IOException e) {
      // one side is gone, and so is the other at the end of the try block
      return;
    }
  }

  /** Cuts all connections. */
  void closeAll() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    server.close();
    closeAll();
  }
}

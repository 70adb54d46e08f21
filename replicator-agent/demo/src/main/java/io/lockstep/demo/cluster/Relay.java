package io.lockstep.demo.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Relays TCP connections from a port of 127.0.0.1 to a node's console, in one thread.
 *
 * <p>Bytes are passed on as they are, in both directions, with at most 64 KiB waiting in each. A
 * console that does not answer only closes the connections that wanted it.
 */
public final class Relay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);
  private static final int BUFFER_BYTES = 64 * 1024;

  private final InetSocketAddress target;
  private final Selector selector;
  private final ServerSocketChannel server;

  /** One direction of a relayed connection: what {@code from} sends goes to {@code to}. */
  private static final class Direction {
    final SocketChannel from;
    final SocketChannel to;
    final ByteBuffer waiting = ByteBuffer.allocate(BUFFER_BYTES);
    boolean ended;

    Direction(SocketChannel from, SocketChannel to) {
      this.from = from;
      this.to = to;
    }

    /** Moves what can be moved now. */
    void move() throws IOException {
      if (to.isConnected() && from.isConnected()) {
        ended |= !ended && waiting.hasRemaining() && from.read(waiting) < 0;
        waiting.flip();
        to.write(waiting);
        waiting.compact();
        if (ended && waiting.position() == 0) {
          to.shutdownOutput();
        }
      }
    }

    boolean isDone() {
      return ended && waiting.position() == 0;
    }
  }

  private record Pair(Direction up, Direction down) {
    void move() throws IOException {
      up.move();
      down.move();
    }

    boolean isDone() {
      return up.isDone() && down.isDone();
    }

    void close() {
      quietly(up.from);
      quietly(up.to);
    }

    /** What to wait for next: room on one side, bytes on the other. */
    void interests(Selector selector) {
      interest(selector, up, down);
      interest(selector, down, up);
    }

    private static void interest(Selector selector, Direction from, Direction to) {
      int wanted = from.ended || !from.waiting.hasRemaining() ? 0 : SelectionKey.OP_READ;
      wanted |= to.waiting.position() > 0 ? SelectionKey.OP_WRITE : 0;
      from.from.keyFor(selector).interestOps(wanted);
    }
  }

  /**
   * Listens on {@code preferredPort} of 127.0.0.1, or on another port if that one is taken.
   *
   * @throws IOException if no port can be listened on
   */
  public Relay(int preferredPort, InetSocketAddress target) throws IOException {
    this.target = target;
    selector = Selector.open();
    server = listen(preferredPort);
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    Thread thread = new Thread(this::relayForEver, "relay-" + port());
    thread.setDaemon(true);
    thread.start();
  }

  private static ServerSocketChannel listen(int preferredPort) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      return channel.bind(new InetSocketAddress(loopback, preferredPort));
    } catch (IOException e) {
      log.debug("port {} is taken ({}): another one is used", preferredPort, e.getMessage());
      channel.close();
      return ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
    }
  }

  /** The port of 127.0.0.1 in use. */
  public int port() {
    return server.socket().getLocalPort();
  }

  private void relayForEver() {
    while (selector.isOpen()) {
      try {
        selector.select();
        if (!selector.isOpen()) {
          return;
        }
        Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
          SelectionKey key = keys.next();
          keys.remove();
          serve(key);
        }
      } catch (IOException e) {
        log.warn("the relay on port {} stumbled and goes on: {}", port(), e.toString());
      }
    }
  }

  private void serve(SelectionKey key) throws IOException {
    if (!key.isValid()) {
      return;
    }
    if (key.isAcceptable()) {
      accept();
      return;
    }
    Pair pair = (Pair) key.attachment();
    try {
      if (key.isConnectable()) {
        ((SocketChannel) key.channel()).finishConnect();
      }
      pair.move();
      if (pair.isDone()) {
        pair.close();
      } else {
        pair.interests(selector);
      }
    } catch (IOException e) {
      // One side is gone: so is the connection, and whoever used it sees that.
      pair.close();
    }
  }

  private void accept() throws IOException {
    SocketChannel near = server.accept();
    if (near == null) {
      return;
    }
    SocketChannel far = SocketChannel.open();
    Pair pair = new Pair(new Direction(near, far), new Direction(far, near));
    try {
      near.configureBlocking(false);
      far.configureBlocking(false);
      far.connect(target);
      near.register(selector, 0, pair);
      far.register(selector, SelectionKey.OP_CONNECT, pair);
    } catch (IOException e) {
      pair.close();
    }
  }

  private static void quietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("a relayed connection did not close", e);
    }
  }

  /** Ends all connections. */
  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      if (key.attachment() instanceof Pair pair) {
        pair.close();
      }
    }
    server.close();
    selector.close();
  }
}

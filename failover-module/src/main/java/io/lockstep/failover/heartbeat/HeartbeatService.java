package io.lockstep.failover.heartbeat;

import io.lockstep.failover.role.PeerStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends and receives heartbeats on every configured network, on one thread of its own; what they
 * mean is decided by {@link HeartbeatMachine}. A network whose interface is not there yet is tried
 * again every second.
 */
public final class HeartbeatService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeartbeatService.class);
  private static final long REBIND_NS = 1_000_000_000L;

  /** One network: the own address on it and the peer's. */
  public record Path(InetSocketAddress local, InetSocketAddress peer) {}

  /**
   * What a network brought since the start.
   *
   * @param lost heartbeats that the peer sent and that did not come, as far as later ones tell
   * @param jitterNs how unevenly they come; those that leave between two due ones count as uneven
   */
  public record PathStatistics(long received, long lost, long jitterNs) {}

  /** Who sends. */
  public record Identity(
      String cluster, String node, String peer, UUID incarnation, String boot, byte[] key) {}

  private final HeartbeatExchange exchange;
  private final List<Path> paths;
  private final LongSupplier clockNs;
  // the receivers take datagrams from any port, since a guardian sends from one of its own; the
  // senders are connected, so that the peer's machine can tell them that its port is closed
  private final DatagramChannel[] receivers;
  private final DatagramChannel[] senders;
  private final long[] rebindAtNs;
  private final boolean[] complained;
  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer in = ByteBuffer.allocate(65_536);
  private volatile boolean closed;

  /**
   * Begins at once.
   *
   * @param statuses of the own modules by name, asked for every heartbeat
   * @param clockNs a clock that goes on while the machine is suspended
   */
  public HeartbeatService(
      Identity identity,
      HeartbeatSettings settings,
      List<Path> paths,
      Supplier<Map<String, PeerStatus>> statuses,
      LongSupplier clockNs,
      HeartbeatListener listener)
      throws IOException {
    this.paths = List.copyOf(paths);
    this.clockNs = clockNs;
    this.exchange =
        new HeartbeatExchange(
            identity,
            settings,
            paths.size(),
            UUID.randomUUID(),
            statuses,
            clockNs,
            listener,
            this::sendOn);
    this.receivers = new DatagramChannel[paths.size()];
    this.senders = new DatagramChannel[paths.size()];
    this.rebindAtNs = new long[paths.size()];
    this.complained = new boolean[paths.size()];
    this.selector = Selector.open();
    Arrays.fill(rebindAtNs, clockNs.getAsLong());
    this.thread = new Thread(this::run, "heartbeat");
    this.thread.setDaemon(true);
  }

  /** Begins to send and to listen. */
  public void start() {
    thread.start();
  }

  /** Sends a heartbeat at once, as after a change of role. Safe for any thread. */
  public void sendNow() {
    exchange.sendSoon();
    selector.wakeup();
  }

  /** Goes by other times from now on; a heartbeat leaves at once. Safe for any thread. */
  public void settings(HeartbeatSettings settings) {
    exchange.settings(settings);
    selector.wakeup();
  }

  /**
   * The goodbye that the guardian sends if this process dies: no other process can make one, and it
   * counts once. Empty before the peer was heard.
   */
  public byte[] preparedGoodbye() {
    return exchange.preparedGoodbye();
  }

  /**
   * Says goodbye in good order on every network, three times, and sends nothing after it.
   *
   * @param modules by name, with {@code handsOverAt} as the final sequence
   */
  public void goodbye(Map<String, PeerStatus> modules) {
    byte[] bytes = exchange.goodbye(modules);
    close();
    for (Path path : paths) {
      try (DatagramChannel channel = DatagramChannel.open()) {
        channel.bind(new InetSocketAddress(path.local().getAddress(), 0));
        for (int i = 0; i < 3; i++) {
          channel.send(ByteBuffer.wrap(bytes), path.peer());
        }
      } catch (IOException e) {
        LOG.info(
            "No goodbye through {}: {}. The other networks carry it.", path.local(), reason(e));
      }
    }
  }

  /** When the peer was last heard on each path, in the clock's ns; Long.MIN_VALUE for never. */
  public List<Long> heardNs() {
    return exchange.heardNs();
  }

  /** What each path brought. Safe for any thread. */
  public List<PathStatistics> statistics() {
    return exchange.statistics();
  }

  private void run() {
    while (!closed) {
      try {
        turn();
      } catch (IOException e) {
        LOG.error("Heartbeats cannot wait for the network: {}. They are tried on.", reason(e));
      }
    }
    for (int path = 0; path < receivers.length; path++) {
      shut(receivers[path]);
      shut(senders[path]);
    }
    closeSelector();
  }

  private void closeSelector() {
    // a channel that was registered gives its port back only now
    try {
      selector.close();
    } catch (IOException e) {
      LOG.debug("closing the heartbeat selector", e);
    }
  }

  private void turn() throws IOException {
    long now = clockNs.getAsLong();
    bindMissing(now);
    long waitMs = Math.max(1, Math.min(50, (exchange.nextSendNs() - now) / 1_000_000));
    selector.select(waitMs);
    selector.selectedKeys().clear();
    for (int path = 0; path < receivers.length; path++) {
      receive(path);
    }
    exchange.tick();
  }

  private void sendOn(int path, byte[] bytes) {
    if (senders[path] == null) {
      return;
    }
    try {
      senders[path].write(ByteBuffer.wrap(bytes));
      complained[path] = false;
    } catch (PortUnreachableException e) {
      exchange.refused(path);
    } catch (IOException e) {
      lost(path, "Heartbeats cannot leave through " + paths.get(path).local() + ": " + reason(e));
    }
  }

  private void receive(int path) {
    while (receivers[path] != null) {
      in.clear();
      try {
        if (receivers[path].receive(in) == null) {
          break;
        }
      } catch (IOException e) {
        lost(
            path, "Heartbeats cannot be received on " + paths.get(path).local() + ": " + reason(e));
        return;
      }
      exchange.received(path, in.flip());
    }
    if (senders[path] != null) {
      listenForRefusal(path);
    }
  }

  private void listenForRefusal(int path) {
    in.clear();
    try {
      senders[path].read(in);
    } catch (PortUnreachableException e) {
      exchange.refused(path);
    } catch (IOException e) {
      lost(path, "Heartbeats cannot leave through " + paths.get(path).local() + ": " + reason(e));
    }
  }

  private void bindMissing(long now) {
    for (int path = 0; path < receivers.length; path++) {
      if (receivers[path] == null && now >= rebindAtNs[path]) {
        bind(path);
      }
    }
  }

  private void bind(int path) {
    try {
      InetSocketAddress local = paths.get(path).local();
      receivers[path] = DatagramChannel.open();
      receivers[path].bind(local);
      receivers[path].configureBlocking(false);
      receivers[path].register(selector, SelectionKey.OP_READ);
      senders[path] = DatagramChannel.open();
      senders[path].bind(new InetSocketAddress(local.getAddress(), 0));
      senders[path].connect(paths.get(path).peer());
      senders[path].configureBlocking(false);
      senders[path].register(selector, SelectionKey.OP_READ);
      if (complained[path]) {
        LOG.info("Heartbeats use {} again.", local);
      }
    } catch (IOException e) {
      lost(path, "Heartbeats cannot use " + paths.get(path).local() + " yet: " + reason(e));
    }
  }

  private void lost(int path, String what) {
    shut(receivers[path]);
    shut(senders[path]);
    receivers[path] = null;
    senders[path] = null;
    rebindAtNs[path] = clockNs.getAsLong() + REBIND_NS;
    if (!complained[path]) {
      complained[path] = true;
      LOG.warn("{}. The other networks go on; it is tried again every second.", what);
    }
  }

  private static void shut(DatagramChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.debug("closing a heartbeat channel", e);
      }
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Ends without a word; the ports are free when it returns. */
  @Override
  public void close() {
    closed = true;
    exchange.end();
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeSelector();
  }
}

package io.lockstep.failover.heartbeat;

import io.lockstep.failover.heartbeat.HeartbeatMachine.Input;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Output;
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
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** Who sends. */
  public record Identity(
      String cluster, String node, String peer, UUID incarnation, String boot, byte[] key) {}

  private final Identity identity;
  private final List<Path> paths;
  private final HeartbeatListener listener;
  private final Supplier<Map<String, PeerStatus>> statuses;
  private final LongSupplier clockNs;
  private final UUID session = UUID.randomUUID();
  private final PeerSession peerSession = new PeerSession(session);
  private final DatagramCodec codec;
  // the receivers take datagrams from any port, since a guardian sends from one of its own; the
  // senders are connected, so that the peer's machine can tell them that its port is closed
  private final DatagramChannel[] receivers;
  private final DatagramChannel[] senders;
  private final long[] rebindAtNs;
  private final boolean[] complained;
  private final Selector selector;
  private final Thread thread;
  private final AtomicBoolean sendNow = new AtomicBoolean();
  private final ByteBuffer in = ByteBuffer.allocate(65_536);
  private volatile HeartbeatMachine.State state;
  private volatile byte[] prepared = new byte[0];
  private volatile boolean closed;
  private UUID preparedFor;
  private long counter;

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
    this.identity = identity;
    this.paths = List.copyOf(paths);
    this.listener = listener;
    this.statuses = statuses;
    this.clockNs = clockNs;
    this.codec = new DatagramCodec(identity.key());
    this.receivers = new DatagramChannel[paths.size()];
    this.senders = new DatagramChannel[paths.size()];
    this.rebindAtNs = new long[paths.size()];
    this.complained = new boolean[paths.size()];
    this.selector = Selector.open();
    long now = clockNs.getAsLong();
    Arrays.fill(rebindAtNs, now);
    this.state = HeartbeatMachine.State.initial(settings, paths.size(), now);
    this.thread = new Thread(this::run, "heartbeat");
    this.thread.setDaemon(true);
  }

  /** Begins to send and to listen. */
  public void start() {
    thread.start();
  }

  /** Sends a heartbeat at once, as after a change of role. Safe for any thread. */
  public void sendNow() {
    sendNow.set(true);
    selector.wakeup();
  }

  /**
   * The goodbye that the guardian sends if this process dies: no other process can make one, and it
   * counts once. Empty before the peer was heard.
   */
  public byte[] preparedGoodbye() {
    return prepared.clone();
  }

  /**
   * Says goodbye in good order on every network, three times, and sends nothing after it.
   *
   * @param modules by name, with {@code handsOverAt} as the final sequence
   */
  public void goodbye(Map<String, PeerStatus> modules) {
    close();
    synchronized (codec) {
      byte[] bytes = codec.encode(datagram(true, Long.MAX_VALUE, modules));
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
  }

  /** When the peer was last heard on each path, in the clock's ns; Long.MIN_VALUE for never. */
  public List<Long> heardNs() {
    return state.heardNs();
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
    long waitMs = Math.max(1, Math.min(50, (state.nextSendNs() - now) / 1_000_000));
    selector.select(waitMs);
    selector.selectedKeys().clear();
    for (int path = 0; path < receivers.length; path++) {
      receive(path);
    }
    take(new Input.Tick());
    if (sendNow.getAndSet(false)) {
      send();
    }
  }

  private void take(Input input) {
    HeartbeatMachine.Step step = HeartbeatMachine.step(state, input, clockNs.getAsLong());
    state = step.state();
    for (Output output : step.outputs()) {
      perform(output);
    }
  }

  private void perform(Output output) {
    if (output instanceof Output.Send) {
      send();
    } else if (output instanceof Output.Silent silent) {
      listener.silent(silent.silentNs());
    } else if (output instanceof Output.Back) {
      listener.back();
    } else if (output instanceof Output.Frozen frozen) {
      listener.frozen(frozen.gapNs());
    } else if (output instanceof Output.ProcessGone) {
      listener.processGone("nobody listens at the peer's heartbeat port any more");
    }
  }

  private void send() {
    byte[] bytes;
    synchronized (codec) {
      if (closed) {
        return;
      }
      bytes = codec.encode(datagram(false, ++counter, statuses.get()));
    }
    for (int path = 0; path < receivers.length; path++) {
      if (senders[path] != null) {
        sendOn(path, bytes);
      }
    }
  }

  private void sendOn(int path, byte[] bytes) {
    try {
      senders[path].write(ByteBuffer.wrap(bytes));
      complained[path] = false;
    } catch (PortUnreachableException e) {
      take(new Input.Unreachable(path));
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
      received(path, in.flip());
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
      take(new Input.Unreachable(path));
    } catch (IOException e) {
      lost(path, "Heartbeats cannot leave through " + paths.get(path).local() + ": " + reason(e));
    }
  }

  private void received(int path, ByteBuffer bytes) {
    Datagram d;
    UUID before = peerSession.echo();
    boolean fresh;
    synchronized (codec) {
      d = codec.decode(bytes);
      if (d == null
          || !d.cluster().equals(identity.cluster())
          || !d.node().equals(identity.peer())) {
        return;
      }
      fresh = peerSession.accept(d);
    }
    if (!before.equals(peerSession.echo())) {
      // a new process over there: it needs the echo, and the guardian a goodbye that fits
      sendNow.set(true);
    }
    if (!fresh) {
      return;
    }
    if (d.goodbye()) {
      take(new Input.Left());
      listener.goodbye(!d.modules().isEmpty(), d.modules());
      return;
    }
    take(new Input.Heard(path));
    prepare();
    listener.heard(d.modules());
  }

  private void prepare() {
    if (peerSession.echo().equals(preparedFor)) {
      return;
    }
    preparedFor = peerSession.echo();
    synchronized (codec) {
      prepared = codec.encode(datagram(true, Long.MAX_VALUE, Map.of()));
    }
    listener.goodbyePrepared(prepared.clone());
  }

  private Datagram datagram(boolean goodbye, long number, Map<String, PeerStatus> modules) {
    return new Datagram(
        goodbye,
        identity.cluster(),
        identity.node(),
        identity.incarnation(),
        identity.boot(),
        session,
        number,
        peerSession.echo(),
        modules);
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

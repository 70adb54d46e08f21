package io.lockstep.failover.heartbeat;

import io.lockstep.failover.heartbeat.HeartbeatMachine.Input;
import io.lockstep.failover.heartbeat.HeartbeatMachine.Output;
import io.lockstep.failover.role.PeerStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One process's part in the exchange of heartbeats, whatever carries the datagrams: makes them,
 * tells genuine and fresh ones from others, and asks {@link HeartbeatMachine} what they mean. For
 * the one thread that carries, but where said otherwise.
 */
public final class HeartbeatExchange {
  /** Takes datagrams to the peer; they may get lost. May call {@link #refused} back. */
  public interface Carrier {
    void send(int path, byte[] datagram);
  }

  private final HeartbeatService.Identity identity;
  private final PathCounts[] paths;
  private final UUID session;
  private final Supplier<Map<String, PeerStatus>> statuses;
  private final LongSupplier clockNs;
  private final HeartbeatListener listener;
  private final Carrier carrier;
  private final PeerSession peerSession;
  private final DatagramCodec codec;
  private final AtomicBoolean sendNow = new AtomicBoolean();
  private volatile HeartbeatMachine.State state;
  private volatile byte[] prepared = new byte[0];
  private volatile boolean over;
  private volatile HeartbeatSettings changed;
  private UUID preparedFor;
  private long counter;

  /**
   * Nothing is sent before the first {@link #tick}.
   *
   * @param session random, drawn for this process
   * @param statuses of the own modules by name, asked for every heartbeat
   * @param clockNs a clock that goes on while the machine is suspended
   */
  public HeartbeatExchange(
      HeartbeatService.Identity identity,
      HeartbeatSettings settings,
      int paths,
      UUID session,
      Supplier<Map<String, PeerStatus>> statuses,
      LongSupplier clockNs,
      HeartbeatListener listener,
      Carrier carrier) {
    this.identity = identity;
    this.paths = new PathCounts[paths];
    Arrays.setAll(this.paths, path -> new PathCounts());
    this.session = session;
    this.statuses = statuses;
    this.clockNs = clockNs;
    this.listener = listener;
    this.carrier = carrier;
    this.peerSession = new PeerSession(session);
    this.codec = new DatagramCodec(identity.key());
    this.state = HeartbeatMachine.State.initial(settings, paths, clockNs.getAsLong());
  }

  /** When the next heartbeat is due, by the clock. */
  public long nextSendNs() {
    return state.nextSendNs();
  }

  /** When the peer was last heard on each path; Long.MIN_VALUE for never. Any thread. */
  public List<Long> heardNs() {
    return state.heardNs();
  }

  /** What came on each path since the start, what is missing, and how evenly. Any thread. */
  public List<HeartbeatService.PathStatistics> statistics() {
    return Arrays.stream(paths)
        .map(
            path ->
                new HeartbeatService.PathStatistics(path.received(), path.lost(), path.jitterNs()))
        .toList();
  }

  /**
   * The goodbye that the guardian sends if this process dies: no other process can make one, and it
   * counts once. Empty before the peer was heard. Any thread.
   */
  public byte[] preparedGoodbye() {
    return prepared.clone();
  }

  /** The next {@link #tick} sends a heartbeat, due or not. Any thread. */
  public void sendSoon() {
    sendNow.set(true);
  }

  /** Other times, from the next {@link #tick} on. Any thread. */
  public void settings(HeartbeatSettings settings) {
    changed = settings;
  }

  /** Time has passed; all that arrived before was given first. */
  public void tick() {
    HeartbeatSettings asked = changed;
    if (asked != null && !asked.equals(state.settings())) {
      take(new Input.Settings(asked));
    }
    take(new Input.Tick());
    if (sendNow.getAndSet(false)) {
      send();
    }
  }

  /** The peer's machine says that nobody listens at the port. */
  public void refused(int path) {
    take(new Input.Unreachable(path));
  }

  /** Something arrived, of whomever. */
  public void received(int path, ByteBuffer bytes) {
    Datagram d;
    UUID before = peerSession.echo();
    boolean fresh;
    boolean heard;
    synchronized (codec) {
      if (HeartbeatMachine.stoodStill(state, clockNs.getAsLong())) {
        distrust();
      }
      d = codec.decode(bytes);
      if (d == null
          || !d.cluster().equals(identity.cluster())
          || !d.node().equals(identity.peer())) {
        return;
      }
      fresh = peerSession.accept(d);
      heard = (fresh || peerSession.newest(d)) && !d.goodbye() && paths[path].fresh(d);
    }
    if (heard) {
      paths[path].note(d, clockNs.getAsLong(), state.settings().intervalNs());
    }
    if (!before.equals(peerSession.echo())) {
      // a new process over there: it needs the echo, and the guardian a goodbye that fits
      sendNow.set(true);
    }
    if (!fresh) {
      if (heard) {
        take(new Input.Heard(path));
      }
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

  /**
   * A goodbye in good order; nothing is sent after it. Any thread.
   *
   * @param modules by name, with {@code handsOverAt} as the final sequence
   */
  public byte[] goodbye(Map<String, PeerStatus> modules) {
    end();
    synchronized (codec) {
      return codec.encode(datagram(true, Long.MAX_VALUE, modules));
    }
  }

  /** Nothing more is sent. Any thread. */
  public void end() {
    over = true;
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
      synchronized (codec) {
        distrust();
      }
      listener.frozen(frozen.gapNs());
    } else if (output instanceof Output.ProcessGone) {
      listener.processGone("nobody listens at the peer's heartbeat port any more");
    }
  }

  /** What the peer says counts once it has heard a heartbeat that this process is yet to send. */
  private void distrust() {
    peerSession.distrustBefore(counter + 1);
  }

  private void send() {
    byte[] bytes;
    synchronized (codec) {
      if (over) {
        return;
      }
      bytes = codec.encode(datagram(false, ++counter, statuses.get()));
    }
    for (int path = 0; path < paths.length; path++) {
      carrier.send(path, bytes);
    }
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
        peerSession.heard(),
        modules);
  }
}

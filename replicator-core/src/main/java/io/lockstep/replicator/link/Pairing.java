package io.lockstep.replicator.link;

import io.lockstep.replicator.link.HelloMessage.Role;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Makes the two lanes and joins them. State is confined to the operations lane's event loop; what
 * comes from the bulk lane's is handed over, except frames.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
final class Pairing implements LaneChannel.Owner {
  private final LinkOptions options;
  private final ClusterKey key;
  private final Supplier<PeerHello> self;
  private final String expectedPeer;
  private final InetSocketAddress peerAddress;
  private final LinkListener listener;
  private final LinkLog log;
  private final Meters meters;
  private final Transport transport;
  private final EventLoop loop;
  private final SecureRandom random = new SecureRandom();
  private final UUID session = newId();
  private final Set<LaneChannel> unauthenticated = new LinkedHashSet<>();

  /** The operations lane that waits for its bulk lane. */
  private volatile LaneChannel half;

  private volatile Pair current;
  private long lastEpoch;
  private Backoff backoff;
  private long attempt;
  private ScheduledFuture<?> redial;
  private volatile boolean stopped;

  Pairing(
      LinkOptions options,
      ClusterKey key,
      Supplier<PeerHello> self,
      String expectedPeer,
      InetSocketAddress peerAddress,
      LinkListener listener,
      LinkLog log,
      Meters meters) {
    this.options = options;
    this.key = key;
    this.self = self;
    this.expectedPeer = expectedPeer;
    this.peerAddress = peerAddress;
    this.listener = listener;
    this.log = log;
    this.meters = meters;
    this.transport = new Transport(options, self.get().node(), () -> half != null);
    this.loop = transport.loop(Link.Lane.OPERATIONS);
    this.backoff = Backoff.of(options.redial().first(), options.redial().longest());
  }

  Transport transport() {
    return transport;
  }

  /** The pair that is up; null while there is none. */
  Pair current() {
    return current;
  }

  boolean dials() {
    return self.get().node().compareTo(expectedPeer) < 0;
  }

  private UUID newId() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private HelloMessage hello(Role role, Link.Lane lane) {
    return new HelloMessage(role, lane, newId(), newId(), session, attempt, self.get());
  }

  /** Prepares a connection that was accepted. */
  ChannelInitializer<SocketChannel> accepting() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(SocketChannel channel) {
        HelloMessage own =
            new HelloMessage(
                Role.ACCEPTOR, Link.Lane.OPERATIONS, newId(), newId(), session, 0, self.get());
        Handshake wait = Handshake.accept(key, expectedPeer, own);
        attach(channel, new Handshake.Step(wait, List.of()));
      }
    };
  }

  private void attach(SocketChannel channel, Handshake.Step start) {
    transport.configure(channel, options.silence());
    LaneChannel lane = new LaneChannel(options, start, this);
    channel.pipeline().addLast(lane);
    onLoop(() -> admit(lane));
  }

  private void admit(LaneChannel lane) {
    unauthenticated.add(lane);
    if (unauthenticated.size() > options.admission().connections()) {
      LaneChannel oldest = unauthenticated.iterator().next();
      unauthenticated.remove(oldest);
      closeLane(oldest, "too many connections in their handshake");
    }
  }

  private void onLoop(Runnable task) {
    onLoop(loop, task);
  }

  private void onLoop(EventLoop on, Runnable task) {
    if (on.inEventLoop()) {
      task.run();
      return;
    }
    try {
      on.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("the link is closed", e);
    }
  }

  private void closeLane(LaneChannel lane, String reason) {
    onLoop(lane.channel().eventLoop(), () -> lane.close(reason));
  }

  /** Begins to dial, on the node that does. */
  void start() {
    onLoop(this::dial);
  }

  private void dial() {
    redial = null;
    if (stopped || !dials()) {
      return;
    }
    attempt = random.nextLong();
    connect(Link.Lane.OPERATIONS);
  }

  private void connect(Link.Lane lane) {
    long mine = attempt;
    Handshake.Step start = Handshake.dial(key, expectedPeer, hello(Role.DIALER, lane));
    transport
        .client(lane, (int) options.admission().timeout().toMillis())
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                attach(channel, start);
              }
            })
        .connect(peerAddress)
        .addListener(
            (ChannelFuture connected) -> {
              if (!connected.isSuccess()) {
                onLoop(() -> unreached(connected.channel(), mine));
              }
            });
  }

  /** A connection that never came to be is in no handshake. */
  private void unreached(Channel channel, long failed) {
    unauthenticated.removeIf(lane -> lane.channel() == channel);
    attemptFailed(failed);
  }

  private void attemptFailed(long failed) {
    if (failed != attempt || stopped || !dials() || redial != null) {
      return;
    }
    LaneChannel waiting = half;
    half = null;
    if (waiting != null) {
      closeLane(waiting, "the other lane could not be connected");
    }
    long pause = backoff.pauseMs(ThreadLocalRandom.current().nextDouble());
    backoff = backoff.failed();
    redial = loop.schedule(this::dial, pause, TimeUnit.MILLISECONDS);
  }

  @Override
  public void authenticated(LaneChannel lane) {
    onLoop(() -> join(lane));
  }

  private void join(LaneChannel lane) {
    unauthenticated.remove(lane);
    LaneChannel first = half;
    if (lane.lane() == Link.Lane.OPERATIONS) {
      half = null;
      if (first != null) {
        closeLane(first, "another connection of the peer replaces it");
      }
      if (lane.channel().eventLoop() != loop) {
        closeLane(lane, "came while another was expected; it will be tried again");
        return;
      }
      half = lane;
      if (dials()) {
        connect(Link.Lane.BULK);
      }
    } else if (first == null || !sameAttempt(first, lane)) {
      closeLane(lane, "a bulk lane without its operations lane");
    } else {
      half = null;
      bringUp(first, lane);
    }
  }

  private static boolean sameAttempt(LaneChannel a, LaneChannel b) {
    return a.peer().session().equals(b.peer().session())
        && a.peer().attempt() == b.peer().attempt();
  }

  private void bringUp(LaneChannel operations, LaneChannel bulk) {
    takeDown(current, "a new connection of the peer replaces it");
    if (stopped) {
      return;
    }
    Pair pair = new Pair(++lastEpoch, operations, bulk);
    operations.pair(pair);
    bulk.pair(pair);
    current = pair;
    backoff = backoff.succeeded();
    meters.connects.increment();
    PeerHello peer = operations.peer().peer();
    log.info(
        "link with "
            + peer.node()
            + " is up ("
            + operations.channel().remoteAddress()
            + ", "
            + transport.name()
            + ", epoch "
            + pair.epoch
            + ")");
    guarded(pair, "up", () -> listener.up(pair.epoch, peer));
    operations.open();
    onLoop(bulk.channel().eventLoop(), bulk::open);
  }

  private void guarded(Pair pair, String call, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      log.failed("the receiver of the link failed in " + call + "; the connection is closed", e);
      onLoop(() -> takeDown(pair, "the receiver failed in " + call + ": " + e));
    }
  }

  /** Ends the pair if it is the current one. */
  void takeDown(Pair pair, String reason) {
    if (pair == null || !pair.end()) {
      return;
    }
    if (current == pair) {
      current = null;
    }
    closeLane(pair.operations, reason);
    closeLane(pair.bulk, reason);
    meters.signal();
    log.info("link is down: " + reason);
    try {
      listener.down(pair.epoch, reason);
    } catch (RuntimeException | Error e) {
      log.failed("the receiver of the link failed in down", e);
    }
    attemptFailed(attempt);
  }

  /** As {@link #takeDown}, from any thread and later. */
  void drop(long epoch, String reason) {
    Pair pair = current;
    if (pair != null && pair.epoch == epoch) {
      onLoop(() -> takeDown(pair, reason));
    }
  }

  @Override
  public void closed(LaneChannel lane, String reason) {
    Object remote = lane.channel().remoteAddress();
    onLoop(() -> lost(lane, remote, reason));
  }

  private void lost(LaneChannel lane, Object remote, String reason) {
    unauthenticated.remove(lane);
    Pair pair = lane.pair();
    if (pair != null) {
      if (!pair.isOver()) {
        meters.failures.increment();
        takeDown(pair, lane.lane() + " lane: " + reason);
      }
      return;
    }
    if (stopped) {
      return;
    }
    meters.failures.increment();
    log.closed(remote, lane.lane(), reason);
    if (half == lane) {
      half = null;
    }
    if (lane.isDialled() && lane.attempt() == attempt && current == null) {
      attemptFailed(attempt);
    }
  }

  @Override
  public void refused(LaneChannel lane, String reason) {
    meters.refusals.increment();
    if (log.firstInAMinute(reason, System.nanoTime())) {
      onLoop(
          () -> {
            try {
              listener.refused(reason);
            } catch (RuntimeException | Error e) {
              log.failed("the receiver of the link failed in refused", e);
            }
          });
    }
  }

  @Override
  public void frame(LaneChannel lane, byte type, int module, ByteBuffer payload) {
    Pair pair = lane.pair();
    if (pair != null && !pair.isOver()) {
      meters.receivedFrames.increment();
      try {
        listener.frame(pair.epoch, lane.lane(), type, module, payload);
      } catch (RuntimeException | Error e) {
        receiverFailed(pair, "frame", e);
      }
    }
  }

  @Override
  public void batchEnd(LaneChannel lane) {
    Pair pair = lane.pair();
    if (pair != null && !pair.isOver()) {
      if (lane.lane() == Link.Lane.OPERATIONS) {
        transport.called();
      }
      try {
        listener.batchEnd(pair.epoch, lane.lane());
      } catch (RuntimeException | Error e) {
        receiverFailed(pair, "batchEnd", e);
      }
    }
  }

  private void receiverFailed(Pair pair, String call, Throwable e) {
    log.failed("the receiver of the link failed in " + call + "; the connection is closed", e);
    onLoop(() -> takeDown(pair, "the receiver failed in " + call + ": " + e));
  }

  @Override
  public void received(LaneChannel lane, long bytes) {
    meters.receivedBytes.get(lane.lane()).add(bytes);
  }

  @Override
  public void sent(LaneChannel lane, long bytes, int frames) {
    meters.sentBytes.get(lane.lane()).add(bytes);
    meters.sentFrames.add(frames);
  }

  @Override
  public void writable() {
    meters.signal();
  }

  @Override
  public void pong(long roundTripNanos) {
    meters.roundTripNanos = roundTripNanos;
  }

  /** Ends everything that this has begun; on the operations lane's event loop. */
  void stop() {
    stopped = true;
    if (redial != null) {
      redial.cancel(false);
    }
    takeDown(current, "this node closed it");
    LaneChannel waiting = half;
    half = null;
    if (waiting != null) {
      closeLane(waiting, "this node closed it");
    }
    for (LaneChannel lane : Set.copyOf(unauthenticated)) {
      closeLane(lane, "this node closed it");
    }
  }

  /** The two lanes of one time of being connected. */
  static final class Pair {
    final long epoch;
    final LaneChannel operations;
    final LaneChannel bulk;
    private final AtomicBoolean over = new AtomicBoolean();

    Pair(long epoch, LaneChannel operations, LaneChannel bulk) {
      this.epoch = epoch;
      this.operations = operations;
      this.bulk = bulk;
    }

    LaneChannel lane(Link.Lane lane) {
      return lane == Link.Lane.OPERATIONS ? operations : bulk;
    }

    LaneChannel other(LaneChannel one) {
      return one == operations ? bulk : operations;
    }

    boolean isOver() {
      return over.get();
    }

    /** True for the first caller. */
    boolean end() {
      return over.compareAndSet(false, true);
    }
  }
}

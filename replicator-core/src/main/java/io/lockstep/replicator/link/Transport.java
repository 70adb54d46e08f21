package io.lockstep.replicator.link;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.SelectStrategy;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorChooserFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two event loops, one a lane, on epoll where it is present and allowed, else on NIO. An
 * accepted connection goes to the loop of the lane that is expected next.
 */
final class Transport {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
  private static final int LOOPS = 2;
  private static final int MAX_KEEPALIVE = 100;
  private static final int BULK_MS = 120_000;
  private static final int TCP = 6;

  /** A lost segment is sent again at an even pace, not after twice the time each time. */
  private static final IntegerUnixChannelOption THIN_LINEAR_TIMEOUTS =
      new IntegerUnixChannelOption("TCP_THIN_LINEAR_TIMEOUTS", TCP, 16);

  /** The longest time between two attempts; since Linux 6.15. */
  private static final IntegerUnixChannelOption RTO_MAX_MS =
      new IntegerUnixChannelOption("TCP_RTO_MAX_MS", TCP, 44);

  private static final int SHORTEST_RTO_MAX_MS = 1_000;
  private static final int SMALLEST_READ = 2 << 10;
  private static final int FIRST_READ = 16 << 10;

  /** Bytes of the largest read. */
  static final int LARGEST_READ = 2 << 20;

  private final boolean epoll;
  private final Attention attention;
  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop operations;
  private final EventLoop bulk;

  Transport(LinkOptions options, String node, BooleanSupplier bulkExpected) {
    this.epoll = options.transport().epoll() && Epoll.isAvailable();
    this.attention = new Attention(options.transport().attentionNs());
    EventLoop[] loops = new EventLoop[LOOPS];
    EventExecutorChooserFactory byLane =
        executors -> {
          for (int i = 0; i < LOOPS; i++) {
            loops[i] = (EventLoop) executors[i];
          }
          return new LaneChooser(executors, bulkExpected);
        };
    DefaultThreadFactory threads = new DefaultThreadFactory("link-" + node, true);
    this.group =
        new MultiThreadIoEventLoopGroup(
            LOOPS,
            new ThreadPerTaskExecutor(threads),
            byLane,
            ioHandlers(options.transport().spin()));
    this.operations = loops[0];
    this.bulk = loops[1];
  }

  private record LaneChooser(EventExecutor[] executors, BooleanSupplier bulkExpected)
      implements EventExecutorChooserFactory.EventExecutorChooser {
    @Override
    public EventExecutor next() {
      return executors[bulkExpected.getAsBoolean() ? 1 : 0];
    }
  }

  private IoHandlerFactory ioHandlers(boolean spin) {
    if (!epoll) {
      return NioIoHandler.newFactory();
    }
    if (!spin) {
      // the first loop is that of the operations
      AtomicBoolean first = new AtomicBoolean(true);
      return EpollIoHandler.newFactory(
          0,
          () ->
              first.getAndSet(false)
                  ? attention
                  : DefaultSelectStrategyFactory.INSTANCE.newSelectStrategy());
    }
    SelectStrategyFactory busy =
        () -> (supplier, hasTasks) -> hasTasks ? supplier.get() : SelectStrategy.BUSY_WAIT;
    return EpollIoHandler.newFactory(0, busy);
  }

  /** An operation, or an answer to one, came: by the loop of the operations. */
  void called() {
    attention.called();
  }

  EventLoop loop(Link.Lane lane) {
    return lane == Link.Lane.OPERATIONS ? operations : bulk;
  }

  MultiThreadIoEventLoopGroup group() {
    return group;
  }

  String name() {
    return epoll ? "epoll" : "nio";
  }

  ServerBootstrap server() {
    Class<? extends ServerChannel> type =
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    boolean windows = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("win");
    return new ServerBootstrap()
        .group(operations, group)
        .channel(type)
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, reads())
        // on Windows this option would let two processes share the port
        .option(ChannelOption.SO_REUSEADDR, !windows);
  }

  Bootstrap client(Link.Lane lane, int connectTimeoutMs) {
    Class<? extends SocketChannel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    return new Bootstrap()
        .group(loop(lane))
        .channel(type)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.RECVBUF_ALLOCATOR, reads())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMs);
  }

  /** Up to the largest operation in one read, so that most frames lie whole in what was read. */
  private static RecvByteBufAllocator reads() {
    return new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_READ);
  }

  /**
   * Sets what every connection has, dialled or accepted. Unacknowledged data ends the operations
   * lane after the longest silence that a lane may have. The bulk lane has longer: the kernel
   * counts a receiver that does not read for a while (a slow disk) the same as one that is gone.
   */
  void configure(SocketChannel channel, Duration silence) {
    channel.config().setTcpNoDelay(true).setKeepAlive(true);
    if (epoll) {
      int limitMs = (int) Math.min(Integer.MAX_VALUE, silence.toMillis());
      int longestMs = (int) Math.min(Integer.MAX_VALUE, (long) Silence.LONE_LANE * limitMs);
      int seconds = Math.min(MAX_KEEPALIVE, Math.max(1, limitMs / 1000));
      boolean onBulk = channel.eventLoop() == bulk;
      channel
          .config()
          .setOption(
              EpollChannelOption.TCP_USER_TIMEOUT,
              onBulk ? Math.max(longestMs, BULK_MS) : longestMs);
      channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
      channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, 1);
      channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, seconds);
      insist(channel, THIN_LINEAR_TIMEOUTS, 1);
      insist(channel, RTO_MAX_MS, SHORTEST_RTO_MAX_MS);
    }
  }

  /**
   * Lets the kernel send again sooner what a bad network lost: by itself it waits twice as long
   * each time, and four losses in a row are an acknowledgement timeout. One that cannot does as
   * ever.
   */
  private static void insist(SocketChannel channel, IntegerUnixChannelOption option, int value) {
    try {
      channel.config().setOption(option, value);
    } catch (ChannelException e) {
      LOG.debug("This kernel does not know {}", option, e);
    }
  }
}

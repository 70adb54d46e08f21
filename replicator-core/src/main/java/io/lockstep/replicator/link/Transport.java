package io.lockstep.replicator.link;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
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
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorChooserFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * The two event loops, one a lane, on epoll where it is present and allowed, else on NIO. An
 * accepted connection goes to the loop of the lane that is expected next.
 */
final class Transport {
  private static final int LOOPS = 2;
  private static final int MAX_KEEPALIVE = 100;

  private final boolean epoll;
  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop operations;
  private final EventLoop bulk;

  Transport(LinkOptions options, String node, BooleanSupplier bulkExpected) {
    this.epoll = options.nativeTransport() && Epoll.isAvailable();
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
            LOOPS, new ThreadPerTaskExecutor(threads), byLane, ioHandlers(epoll, options.spin()));
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

  private static IoHandlerFactory ioHandlers(boolean epoll, boolean spin) {
    if (!epoll) {
      return NioIoHandler.newFactory();
    }
    if (!spin) {
      return EpollIoHandler.newFactory();
    }
    SelectStrategyFactory busy =
        () -> (supplier, hasTasks) -> hasTasks ? supplier.get() : SelectStrategy.BUSY_WAIT;
    return EpollIoHandler.newFactory(0, busy);
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
        // on Windows this option would let two processes share the port
        .option(ChannelOption.SO_REUSEADDR, !windows);
  }

  Bootstrap client(Link.Lane lane, int connectTimeoutMs) {
    Class<? extends SocketChannel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    return new Bootstrap()
        .group(loop(lane))
        .channel(type)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMs);
  }

  /** Sets what every connection has, dialled or accepted. */
  void configure(SocketChannel channel, int silenceMs) {
    channel.config().setTcpNoDelay(true).setKeepAlive(true);
    if (epoll) {
      int seconds = Math.min(MAX_KEEPALIVE, Math.max(1, silenceMs / 1000));
      channel.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, silenceMs);
      channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
      channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, 1);
      channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, seconds);
    }
  }
}

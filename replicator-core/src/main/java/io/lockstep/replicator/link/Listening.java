package io.lockstep.replicator.link;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Listens on the node's link address. An address that is not on this machine (its interface is
 * down, or comes later) is tried again; a port that another process holds is an error.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as a closed channel
final class Listening {
  private final ServerBootstrap server;
  private final EventLoop loop;
  private final InetSocketAddress address;
  private final long retryMs;
  private final LinkLog log;
  private volatile Channel channel;
  private volatile boolean stopped;
  private boolean told;

  Listening(
      ServerBootstrap server,
      EventLoop loop,
      InetSocketAddress address,
      long retryMs,
      LinkLog log) {
    this.server = server;
    this.loop = loop;
    this.address = address;
    this.retryMs = retryMs;
    this.log = log;
  }

  /** Listens, or begins to try; throws when trying again would be no use. */
  void start() throws IOException {
    ChannelFuture bound = server.bind(address).awaitUninterruptibly();
    if (bound.isSuccess()) {
      listening(bound.channel());
    } else if (isMissing(bound.cause())) {
      tellMissing(bound.cause());
      retry();
    } else {
      throw explain(bound.cause());
    }
  }

  private IOException explain(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    IOException error;
    if (message.toLowerCase(Locale.ROOT).contains("in use")) {
      error =
          new BindException(
              String.format(
                  "address %s is in use by another process: stop it (find it with"
                      + " ss -ltnp 'sport = :%d'), or give this node another link address in the"
                      + " configuration of both nodes",
                  text(), address.getPort()));
    } else {
      error = new IOException("cannot listen on link address " + text() + ": " + message);
    }
    error.initCause(cause);
    return error;
  }

  private static boolean isMissing(Throwable cause) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("assign requested address");
  }

  private String text() {
    return address.getAddress() == null
        ? address.toString()
        : address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private void tellMissing(Throwable cause) {
    if (!told) {
      told = true;
      log.warn(
          "link address "
              + text()
              + " is not on this machine yet ("
              + cause.getMessage()
              + "): its interface may be down; tried again until it is");
    }
  }

  private void retry() {
    if (!stopped) {
      loop.schedule(this::again, retryMs, TimeUnit.MILLISECONDS);
    }
  }

  private void again() {
    if (stopped) {
      return;
    }
    server
        .bind(address)
        .addListener(
            (ChannelFuture bound) -> {
              if (bound.isSuccess()) {
                log.info("listening on link address " + text());
                listening(bound.channel());
              } else {
                if (!isMissing(bound.cause())) {
                  log.warn(explain(bound.cause()).getMessage());
                }
                retry();
              }
            });
  }

  private void listening(Channel bound) {
    channel = bound;
    if (stopped) {
      bound.close();
    }
  }

  void stop() {
    stopped = true;
    Channel bound = channel;
    if (bound != null) {
      bound.close();
    }
  }
}

package io.lockstep.agent.api;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * GET /api/v1/events: the events as server-sent events, from {@code Last-Event-ID} on. A client
 * that does not read is disconnected, and finds what it missed when it comes again.
 */
final class EventStream {
  private static final int MOST_CLIENTS = 64;
  private static final long PING_MS = 10_000;

  private final Vertx vertx;
  private final EventLog events;
  private final AtomicInteger clients = new AtomicInteger();

  EventStream(Vertx vertx, EventLog events) {
    this.vertx = vertx;
    this.events = events;
  }

  void handle(RoutingContext context) {
    if (clients.incrementAndGet() > MOST_CLIENTS) {
      clients.decrementAndGet();
      Answers.error(context, 503, "too many consoles follow the events; close one");
      return;
    }
    HttpServerResponse response = context.response();
    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
    response.write("retry: 1000\n\n");
    Context loop = vertx.getOrCreateContext();
    EventLog.Subscription subscription =
        events.subscribe(
            lastEventId(context), event -> loop.runOnContext(ignored -> send(response, event)));
    long ping = vertx.setPeriodic(PING_MS, ignored -> write(response, ": ping\n\n"));
    response.closeHandler(
        ignored -> {
          clients.decrementAndGet();
          vertx.cancelTimer(ping);
          subscription.close();
        });
  }

  private static long lastEventId(RoutingContext context) {
    String header = context.request().getHeader("Last-Event-ID");
    String id = header == null ? context.request().getParam("after", "0") : header;
    return id.matches("\\d{1,18}") ? Long.parseLong(id) : 0;
  }

  private static void send(HttpServerResponse response, Event event) {
    write(response, "id: " + event.id() + "\ndata: " + Answers.json(event) + "\n\n");
  }

  private static void write(HttpServerResponse response, String text) {
    if (response.closed() || response.ended()) {
      return;
    }
    if (response.bytesWritten() > 0 && response.writeQueueFull()) {
      response.reset();
    } else {
      response.write(text);
    }
  }
}

package io.lockstep.agent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.console.ConsolePages;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.BindException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The console and REST of one node: status, events, commands, metrics, health. Commands run off the
 * event loop.
 */
public final class RestServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST_BODY_BYTES = 2 << 20;

  private final NodeControl node;
  private final Supplier<String> metrics;
  private final Commands commands;
  private final Vertx vertx;
  private HttpServer server;

  private RestServer(NodeControl node, Supplier<String> metrics) {
    this.node = node;
    this.metrics = metrics;
    this.commands = new Commands(node);
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(8)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
  }

  /**
   * Listens; port 0 takes any free one.
   *
   * @throws IOException naming {@code console.listen} and why it cannot listen there
   */
  public static RestServer start(Endpoint listen, NodeControl node, Supplier<String> metrics)
      throws IOException {
    RestServer rest = new RestServer(node, metrics);
    try {
      HttpServerOptions options =
          new HttpServerOptions()
              .setHttp2ClearTextEnabled(false)
              .setIdleTimeout(60)
              .setIdleTimeoutUnit(TimeUnit.SECONDS);
      rest.server =
          rest.vertx
              .createHttpServer(options)
              .requestHandler(rest.router())
              .listen(listen.port(), listen.address().getHostAddress())
              .toCompletionStage()
              .toCompletableFuture()
              .join();
      return rest;
    } catch (CompletionException e) {
      rest.close();
      throw new IOException(bindFailure(listen, e.getCause()), e.getCause());
    }
  }

  private static String bindFailure(Endpoint listen, Throwable cause) {
    String what = "console.listen " + listen;
    String reason = String.valueOf(cause.getMessage());
    if (cause instanceof BindException && reason.contains("in use")) {
      return what + " is in use by another process; stop it or configure another port";
    }
    if (cause instanceof BindException && reason.contains("assign")) {
      return what + " is not an address of this machine; configure one that is";
    }
    return what + " cannot be opened: " + reason;
  }

  /** Where it listens. */
  public int port() {
    return server.actualPort();
  }

  @Override
  public void close() {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("The console did not close cleanly; its port may stay taken for a moment", e);
    }
  }

  private Router router() {
    Router router = Router.router(vertx);
    router.route().handler(new RequestGuard());
    router.get("/api/v1/status").handler(c -> later(c, node::status, Answers::ok));
    router.get("/api/v1/events").handler(new EventStream(vertx, node.events())::handle);
    BodyHandler body = BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES);
    router.post("/api/v1/modules/:module/:command").handler(body).handler(this::command);
    router.post("/api/v1/configuration").handler(body).handler(this::configuration);
    router.get("/metrics").handler(c -> later(c, metrics::get, RestServer::text));
    router.get("/health/:module").handler(this::health);
    new ConsolePages().mount(router);
    router.errorHandler(
        404, c -> Answers.error(c, 404, "there is nothing at " + c.normalizedPath()));
    router.errorHandler(405, c -> Answers.error(c, 405, "this path takes another method"));
    router.errorHandler(
        413, c -> Answers.error(c, 413, "at most " + MOST_BODY_BYTES + " bytes are accepted"));
    router.errorHandler(400, c -> Answers.error(c, 400, "the request cannot be understood"));
    router.errorHandler(500, RestServer::internalError);
    return router;
  }

  private <T> void later(
      RoutingContext context, Callable<T> work, BiConsumer<RoutingContext, T> answer) {
    vertx
        .executeBlocking(work, false)
        .onSuccess(value -> answer.accept(context, value))
        .onFailure(context::fail);
  }

  private void command(RoutingContext context) {
    String module = context.pathParam("module");
    String name = context.pathParam("command");
    Commands.Command command = commands.named(name);
    if (command == null) {
      Answers.error(context, 404, "no command '" + name + "'; there are " + commands.names());
      return;
    }
    arguments(
        context,
        body ->
            later(
                context,
                () -> knows(module) || isGroup(module) ? command.run(module, body) : null,
                (c, result) -> {
                  if (result == null) {
                    Answers.error(c, 404, "no module '" + module + "' is configured on this node");
                  } else {
                    Answers.result(c, result);
                  }
                }));
  }

  private boolean knows(String module) {
    return node.status().modules().stream().anyMatch(m -> m.module().equals(module));
  }

  private boolean isGroup(String name) {
    return node.status().groups().stream().anyMatch(g -> g.group().equals(name));
  }

  private void configuration(RoutingContext context) {
    arguments(
        context,
        body -> {
          String yaml = body.path("yaml").asText("");
          if (yaml.isEmpty()) {
            Answers.error(context, 400, "\"yaml\" must have the text of the configuration");
            return;
          }
          boolean dryRun = body.path("dryRun").asBoolean(false);
          later(context, () -> node.applyConfiguration(yaml, dryRun), Answers::result);
        });
  }

  private static void arguments(RoutingContext context, java.util.function.Consumer<JsonNode> use) {
    String text = context.body() == null ? null : context.body().asString();
    try {
      JsonNode body = JSON.readTree(text == null || text.isBlank() ? "{}" : text);
      if (body.isObject()) {
        use.accept(body);
      } else {
        Answers.error(context, 400, "the body must be a JSON object, such as {}");
      }
    } catch (JsonProcessingException e) {
      Answers.error(context, 400, "the body is not JSON: " + e.getOriginalMessage());
    }
  }

  private void health(RoutingContext context) {
    String module = context.pathParam("module");
    later(
        context,
        () -> knows(module) ? (node.serving(module) ? 200 : 503) : 404,
        (c, status) -> {
          c.response().setStatusCode(status);
          text(c, status == 200 ? "serving\n" : status == 503 ? "not serving\n" : "no module\n");
        });
  }

  private static void text(RoutingContext context, String text) {
    context.response().putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    context.response().end(text);
  }

  private static void internalError(RoutingContext context) {
    LOG.error(
        "{} {} failed", context.request().method(), context.normalizedPath(), context.failure());
    Answers.error(context, 500, "an error inside the agent; its log has the details");
  }
}

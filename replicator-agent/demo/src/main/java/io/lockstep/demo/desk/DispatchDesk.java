package io.lockstep.demo.desk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A desk that logs emergency calls over HTTP into an SQL database.
 *
 * <p>{@code POST /calls} with {@code {"caller":1,"number":2,"text":"..."}} is answered 201 with the
 * row, after the database has committed it. {@code GET /health} is answered 200 as long as the desk
 * runs.
 */
public final class DispatchDesk implements AutoCloseable {
  /** The port that the desk listens on. */
  public static final int PORT = 8080;

  private static final Logger log = LoggerFactory.getLogger(DispatchDesk.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final int LARGEST_BODY = 64 * 1024;
  private static final long COMMIT_TIMEOUT_SECONDS = 60;

  /** Calls that are answered at the same time: as many as fit into one commit. */
  private static final int MOST_CALLS = GroupCommit.LARGEST_GROUP;

  private final GroupCommit calls;
  private final String node;
  private final ExecutorService handlers = Executors.newFixedThreadPool(MOST_CALLS + 8);
  private final List<HttpServer> servers = new ArrayList<>();

  /**
   * Opens a desk that listens nowhere yet.
   *
   * @param store where calls are kept; used by the desk alone from now on
   * @param node the name that each answer carries, to tell which node served it
   */
  public DispatchDesk(CallStore store, String node) {
    this.calls = new GroupCommit(store);
    this.node = node;
  }

  /**
   * Listens on one more address.
   *
   * @return the port in use
   * @throws IOException if the address is not this node's, or the port is taken
   */
  public int listen(InetAddress address, int port) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 256);
    server.createContext("/calls", this::takeCall);
    server.createContext("/health", exchange -> answer(exchange, 200, "{\"up\":true}"));
    server.setExecutor(handlers);
    server.start();
    servers.add(server);
    return server.getAddress().getPort();
  }

  private void takeCall(HttpExchange exchange) throws IOException {
    if (!"POST".equals(exchange.getRequestMethod())) {
      answer(exchange, 405, "{\"error\":\"POST a call\"}");
      return;
    }
    Call call;
    try (InputStream body = exchange.getRequestBody()) {
      call = parse(body.readNBytes(LARGEST_BODY));
    } catch (IllegalArgumentException | IOException e) {
      answer(exchange, 400, "{\"error\":\"not a call\"}");
      return;
    }
    try {
      long row = calls.enter(call).get(COMMIT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      answer(
          exchange,
          201,
          "{\"id\":%d,\"caller\":%d,\"number\":%d,\"node\":\"%s\"}"
              .formatted(row, call.caller(), call.number(), node));
    } catch (ExecutionException | TimeoutException e) {
      answer(exchange, 503, "{\"error\":\"the call was not entered: try again\"}");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(exchange, 503, "{\"error\":\"the desk is closing\"}");
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  static Call parse(byte[] body) throws IOException {
    int caller = -1;
    long number = -1;
    String text = null;
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("not an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "caller" -> caller = parser.getIntValue();
          case "number" -> number = parser.getLongValue();
          case "text" -> text = parser.getText();
          default -> throw new IllegalArgumentException("unknown field " + field);
        }
      }
    }
    if (caller < 0 || number < 1 || text == null) {
      throw new IllegalArgumentException("caller, number and text are needed");
    }
    return new Call(caller, number, text);
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    handlers.shutdownNow();
  }

  /**
   * Runs a desk until it is killed.
   *
   * @param arguments {@code sqlite DIRECTORY} or {@code postgresql PORT}, then the node's name,
   *     then the addresses to listen on
   * @throws IOException if no address can be listened on
   * @throws SQLException if the database cannot be opened
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    // Without this a kept-alive connection waits for a delayed acknowledgement on every answer.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    CallStore store =
        "sqlite".equals(arguments[0])
            ? Databases.sqlite(Path.of(arguments[1]))
            : Databases.postgresql("127.0.0.1", Integer.parseInt(arguments[1]));
    // The last address first: the start script waits for the first one.
    @SuppressWarnings("resource") // lives as long as the process
    DispatchDesk desk = new DispatchDesk(store, arguments[2]);
    for (int i = arguments.length - 1; i >= 3; i--) {
      try {
        desk.listen(InetAddress.getByName(arguments[i]), PORT);
      } catch (IOException e) {
        if (i == 3) {
          throw e;
        }
        log.warn("the desk does not answer on {}: {}", arguments[i], e.getMessage());
      }
    }
    log.info("the desk answers on port {}", PORT);
  }
}

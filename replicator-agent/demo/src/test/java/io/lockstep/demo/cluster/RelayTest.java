package io.lockstep.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RelayTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 10);
    server.createContext(
        "/echo",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static byte[] echo(int port, byte[] body) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/echo"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray())
        .body();
  }

  @Test
  void largeBodiesPassUnchangedAndOneAfterTheOther() throws Exception {
    byte[] body = new byte[3_000_000];
    new java.util.Random(1).nextBytes(body);
    try (Relay relay = new Relay(0, server.getAddress())) {
      assertThat(echo(relay.port(), body)).isEqualTo(body);
      assertThat(echo(relay.port(), body)).isEqualTo(body);
    }
  }

  @Test
  void aDeadConsoleClosesItsConnectionsAndTheRelayGoesOn() throws Exception {
    try (Relay relay = new Relay(0, server.getAddress())) {
      InetSocketAddress address = server.getAddress();
      server.stop(0);
      try (Socket socket = new Socket(LOOPBACK, relay.port())) {
        socket.setSoTimeout(5000);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      server = HttpServer.create(address, 10);
      server.createContext(
          "/echo",
          exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      server.start();
      assertThat(echo(relay.port(), new byte[0])).isEmpty();
    }
  }

  @Test
  void aTakenPortIsReplacedByAnother() throws Exception {
    try (Relay first = new Relay(0, server.getAddress());
        Relay second = new Relay(first.port(), server.getAddress())) {
      assertThat(second.port()).isNotEqualTo(first.port());
    }
  }
}

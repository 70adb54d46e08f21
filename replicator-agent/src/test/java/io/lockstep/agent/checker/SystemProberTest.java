package io.lockstep.agent.checker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.lockstep.failover.application.Probe;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against real sockets, servers and interfaces of this machine. */
class SystemProberTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(10);

  private final Machine machine = new Machine();
  private final SystemProber prober =
      new SystemProber("desk", machine, machine, () -> machine.configured);

  private Optional<String> probe(Probe probe) throws Exception {
    return prober.probe(probe, LONG);
  }

  @Test
  void tcpIsGoodWhereSomebodyListens() throws Exception {
    InetSocketAddress address;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
      assertThat(probe(new Probe.Tcp(address))).isEmpty();
    }
    assertThat(probe(new Probe.Tcp(address))).get().asString().contains("refused");
  }

  @Test
  void tcpEndsAfterItsTimeWhereNobodyAnswers() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket();
        Socket second = new Socket()) {
      InetSocketAddress address = new InetSocketAddress(full.getInetAddress(), full.getLocalPort());
      first.connect(address);
      second.connect(address);
      assertThat(prober.probe(new Probe.Tcp(address), SHORT))
          .contains("no connection within 500 ms");
    }
  }

  @Test
  void httpLooksAtStatusAndBody() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    try {
      answer(server, "/ok", 200, "all is ok here");
      answer(server, "/broken", 500, "ok");
      answer(server, "/moved", 302, "ok");
      server.createContext(
          "/hangs",
          exchange -> {
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      server.start();
      String base = "http://127.0.0.1:" + server.getAddress().getPort();
      assertThat(probe(new Probe.Http(URI.create(base + "/ok"), 200, "is ok"))).isEmpty();
      assertThat(probe(new Probe.Http(URI.create(base + "/ok"), 200, ""))).isEmpty();
      assertThat(probe(new Probe.Http(URI.create(base + "/moved"), 302, ""))).isEmpty();
      assertThat(probe(new Probe.Http(URI.create(base + "/ok"), 200, "well")))
          .contains("the answer does not contain \"well\"");
      assertThat(probe(new Probe.Http(URI.create(base + "/broken"), 200, "ok")))
          .contains("answered 500 instead of 200");
      assertThatThrownBy(
              () -> prober.probe(new Probe.Http(URI.create(base + "/hangs"), 200, ""), SHORT))
          .isInstanceOf(HttpTimeoutException.class);
    } finally {
      end.countDown();
      server.stop(0);
    }
  }

  private static void answer(HttpServer server, String path, int status, String body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  @Test
  void pingAnswersOrDoesNot() throws Exception {
    assertThat(probe(new Probe.Ping(InetAddress.getLoopbackAddress()))).isEmpty();
    assertThat(prober.probe(new Probe.Ping(InetAddress.getByName("240.0.0.1")), SHORT))
        .contains("no answer within 500 ms");
  }

  @Test
  void interfaceIsThereAndUp() throws Exception {
    assertThat(probe(new Probe.Interface("lo"))).isEmpty();
    assertThat(probe(new Probe.Interface("no-such"))).contains("there is no interface no-such");
  }

  @Test
  void virtualAddressesAreAllThere() throws Exception {
    VirtualAddress one = new VirtualAddress(InetAddress.getByName("10.0.1.50"), 24, "eth0");
    VirtualAddress two = new VirtualAddress(InetAddress.getByName("10.0.1.51"), 24, "eth1");
    machine.configured = List.of(one, two);
    machine.there = Set.of(one, two);
    assertThat(probe(new Probe.VirtualAddresses())).isEmpty();
    machine.there = Set.of(one);
    assertThat(probe(new Probe.VirtualAddresses())).contains("10.0.1.51 is not on eth1");
  }

  @Test
  void spaceIsCompared(@TempDir Path directory) throws Exception {
    assertThat(probe(new Probe.Space(directory, 1))).isEmpty();
    assertThat(probe(new Probe.Space(directory, 1L << 60))).get().asString().contains("MiB free");
    assertThat(probe(new Probe.Space(directory.resolve("none"), 1)))
        .contains("there is no " + directory.resolve("none"));
  }

  @Test
  void processesAreThoseOfTheApplication() throws Exception {
    assertThat(probe(new Probe.Processes(""))).contains("the application has no processes");
    machine.names = Set.of("sh", "postgres");
    assertThat(probe(new Probe.Processes(""))).isEmpty();
    assertThat(probe(new Probe.Processes("postgres"))).isEmpty();
    assertThat(probe(new Probe.Processes("nginx")))
        .contains("the application has no process nginx");
  }

  /** Addresses and processes as the test says. */
  private static final class Machine implements Addresses, ProcessGroups {
    private List<VirtualAddress> configured = List.of();
    private Set<VirtualAddress> there = Set.of();
    private Set<String> names = Set.of();

    @Override
    public boolean present(VirtualAddress address) {
      return there.contains(address);
    }

    @Override
    public void add(VirtualAddress address, Duration lifetime) {
      throw new AssertionError("a look changes and asks nothing on the network");
    }

    @Override
    public void remove(VirtualAddress address) {
      throw new AssertionError("a look changes and asks nothing on the network");
    }

    @Override
    public void announce(VirtualAddress address) {
      throw new AssertionError("a look changes and asks nothing on the network");
    }

    @Override
    public boolean takenByAnother(VirtualAddress address, Duration wait) {
      throw new AssertionError("a look changes and asks nothing on the network");
    }

    @Override
    public ProcessGroup group(String name) {
      return new ProcessGroup() {
        @Override
        public List<String> enclose(List<String> command) {
          return command;
        }

        @Override
        public boolean empty() {
          return names.isEmpty();
        }

        @Override
        public Set<String> processNames() {
          return names;
        }

        @Override
        public void kill() throws IOException {
          throw new IOException("a probe kills nobody");
        }

        @Override
        public String handle() {
          return name;
        }
      };
    }
  }
}

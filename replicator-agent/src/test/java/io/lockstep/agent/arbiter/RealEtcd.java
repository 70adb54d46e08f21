package io.lockstep.agent.arbiter;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One etcd of the machine's package on loopback, to be killed, paused and started again. */
final class RealEtcd implements AutoCloseable {
  private final Path data;
  private final String scheme;
  private final List<String> more;
  private final int client;
  private final int peer;
  private Process process;

  RealEtcd(Path data) throws IOException {
    this(data, "http", List.of());
  }

  /** {@code scheme} is what clients speak; {@code more} are further options. */
  RealEtcd(Path data, String scheme, List<String> more) throws IOException {
    this.data = data;
    this.scheme = scheme;
    this.more = more;
    this.client = freePort();
    this.peer = freePort();
    start();
  }

  static boolean installed() {
    return Files.isExecutable(Path.of("/usr/bin/etcd"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  URI endpoint() {
    return URI.create(scheme + "://127.0.0.1:" + client);
  }

  void start() throws IOException {
    String own = "http://127.0.0.1:" + peer;
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/bin/etcd",
                "--name=one",
                "--data-dir=" + data,
                "--listen-client-urls=" + endpoint(),
                "--advertise-client-urls=" + endpoint(),
                "--listen-peer-urls=" + own,
                "--initial-advertise-peer-urls=" + own,
                "--initial-cluster=one=" + own));
    command.addAll(more);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(30, TimeUnit.SECONDS);
  }

  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}

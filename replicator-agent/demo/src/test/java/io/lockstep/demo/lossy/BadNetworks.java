package io.lockstep.demo.lossy;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a {@link Wire} into both networks of a bench, between the two nodes. The management network
 * stays as it is. The wire runs before everything else on the machine: what it delays by itself
 * would be jitter that nobody asked for.
 */
final class BadNetworks implements AutoCloseable {
  private static final List<String> NETWORKS = List.of("service", "heartbeat");

  private final Process wire;
  private final Writer orders;
  private final BufferedReader answers;

  private BadNetworks(Process wire) {
    this.wire = wire;
    this.orders = wire.outputWriter(StandardCharsets.US_ASCII);
    this.answers = wire.inputReader(StandardCharsets.US_ASCII);
  }

  /** Between the nodes of a bench whose agents may run already; nothing is lost yet. */
  static BadNetworks between(Bench bench) throws IOException {
    NodeNetwork b = bench.cluster().b().network();
    String bridges = b.switchNamespace();
    List<String> words =
        new ArrayList<>(List.of("chrt", "-f", "1", "nsenter", "--net=/run/netns/" + bridges));
    List<String> taps = new ArrayList<>();
    for (String network : NETWORKS) {
      taps.addAll(List.of(network + "-0", network + "-1"));
    }
    words.addAll(JavaProgram.command("64m", Wire.class.getName(), taps.toArray(String[]::new)));
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BadNetworks networks = new BadNetworks(process);
    networks.expect("ready");
    plug(bridges, "service", b.servicePort());
    plug(bridges, "heartbeat", b.heartbeatPort());
    return networks;
  }

  /** The second node's port goes to a bridge of its own, at the far end of the cable. */
  private static void plug(String bridges, String network, String port) {
    String far = network + "-far";
    ip(bridges, "link", "add", far, "type", "bridge", "stp_state", "0");
    ip(bridges, "link", "set", far, "up");
    ip(bridges, "link", "set", network + "-0", "master", network, "up");
    ip(bridges, "link", "set", network + "-1", "master", far, "up");
    ip(bridges, "link", "set", port, "master", far);
  }

  private static void ip(String namespace, String... words) {
    List<String> line = new ArrayList<>(List.of("ip", "-n", namespace));
    line.addAll(List.of(words));
    Shell.run(line.toArray(String[]::new));
  }

  /**
   * From now on so much is lost, and brought so late.
   *
   * @return frames carried and lost since this was said last
   */
  String become(int lossPercent, int jitterMs) throws IOException {
    orders.write(lossPercent + " " + jitterMs + "\n");
    orders.flush();
    return answers.readLine();
  }

  private void expect(String word) throws IOException {
    String line = answers.readLine();
    if (!word.equals(line)) {
      throw new IOException("the wire says " + line);
    }
  }

  @Override
  public void close() {
    wire.destroyForcibly();
  }
}

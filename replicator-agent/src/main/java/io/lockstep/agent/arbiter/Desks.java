package io.lockstep.agent.arbiter;

import io.lockstep.agent.configuration.ArbiterConfiguration;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.configuration.PerNode;
import io.lockstep.failover.arbiter.ArbiterDesk;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.arbiter.FencingDesk;
import io.lockstep.failover.arbiter.WitnessDesk;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** Opens what the configuration says that a module's questions go to. */
public final class Desks {
  private static final Duration WITNESS_TIMEOUT = Duration.ofMillis(500);

  private Desks() {}

  /**
   * For one module on one node.
   *
   * @return null where there is nobody to ask: every question is granted
   * @throws IOException when it can be told at once that it cannot work, saying why
   */
  public static Desk open(ClusterConfiguration configuration, String node, String module)
      throws IOException {
    Desk desk = arbiter(configuration, node, module);
    var witnesses =
        configuration.cluster().witnesses().stream().map(Endpoint::socketAddress).toList();
    if (witnesses.isEmpty()) {
      return desk;
    }
    return new WitnessDesk(
        desk == null ? WitnessDesk.granting() : desk, new TcpWitnesses(witnesses, WITNESS_TIMEOUT));
  }

  private static Desk arbiter(ClusterConfiguration configuration, String node, String module)
      throws IOException {
    ArbiterConfiguration arbiter = configuration.cluster().arbiter();
    String cluster = configuration.cluster().name();
    if (arbiter.etcd().isPresent()) {
      ArbiterConfiguration.Etcd etcd = arbiter.etcd().get();
      return new ArbiterDesk(
          new EtcdArbiter(
              etcd.endpoints().stream().map(URI::create).toList(),
              etcd.prefix() + "/" + cluster + "/" + module,
              etcd.timeout(),
              tls(etcd, node)));
    }
    if (arbiter.file().isPresent()) {
      ArbiterConfiguration.FileShare file = arbiter.file().get();
      Path directory = file.directory().of(node).resolve(cluster + "." + module);
      return new ArbiterDesk(new FileArbiter(directory, file.timeout()));
    }
    return arbiter
        .command()
        .<Desk>map(command -> new FencingDesk(fencer(command, configuration, node, module)))
        .orElse(null);
  }

  private static CommandFencer fencer(
      ArbiterConfiguration.Command command,
      ClusterConfiguration configuration,
      String node,
      String module) {
    boolean preferred = configuration.modules().get(module).preferred().equals(node);
    return new CommandFencer(
        command.run(),
        Map.of(
            "LOCKSTEP_NODE", node,
            "LOCKSTEP_PEER", configuration.peerOf(node).name(),
            "LOCKSTEP_MODULE", module),
        preferred ? Duration.ZERO : command.delay(),
        command.timeout());
  }

  private static SSLContext tls(ArbiterConfiguration.Etcd etcd, String node) throws IOException {
    Path authority = of(etcd.caFile(), node);
    Path certificate = of(etcd.certFile(), node);
    Path key = of(etcd.keyFile(), node);
    return authority == null && certificate == null
        ? null
        : PemContext.of(authority, certificate, key);
  }

  private static Path of(PerNode<Path> paths, String node) {
    return paths.values().get(node);
  }
}

package io.lockstep.agent.node;

import io.lockstep.agent.cli.NodeInitializer;
import io.lockstep.agent.cli.NodeRunner;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.agent.preflight.MachineCheck;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the command line runs: a node in this process, and the making of a first copy. */
public final class NodeMain implements NodeRunner, NodeInitializer {
  /** Of this software. */
  static final String VERSION = "0.1.0";

  /** For the service loader. */
  public NodeMain() {}

  @Override
  public int run(ClusterConfiguration configuration, Path file, String node) throws IOException {
    NodeRuntime runtime = new NodeRuntime(configuration, node, Host.real(Platform.here()));
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          Host.halt("Thread " + thread.getName() + " failed", e);
        });
    try {
      runtime.start(file);
    } catch (IOException | RuntimeException e) {
      runtime.close();
      throw e;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(runtime), "shutdown"));
    try {
      runtime.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  @Override
  public List<String> check(ClusterConfiguration configuration, String node) throws IOException {
    return MachineCheck.before(Platform.here(), node).problems(configuration);
  }

  private static void end(NodeRuntime runtime) {
    Duration time = StepDownTime.inAll(runtime.configuration());
    StepDownTime.after(
        time, () -> Host.halt("The node has not ended within " + time.toSeconds() + " s", null));
    runtime.shutDown();
    runtime.close();
  }

  @Override
  public String init(ClusterConfiguration configuration, String node, String module)
      throws IOException {
    Host host = Host.real(Platform.here());
    StringBuilder done = new StringBuilder();
    int number = 0;
    for (ModuleConfiguration each : configuration.modules().values()) {
      if (module.isEmpty() || module.equals(each.name())) {
        ModuleContext context = new ModuleContext(configuration, node, each, number, host);
        ModuleData.initialise(context);
        Files.deleteIfExists(
            Retirement.mark(configuration.journal().directory().of(node), each.name()));
        done.append(done.isEmpty() ? "" : "\n")
            .append("Module ")
            .append(each.name())
            .append(": the files on ")
            .append(node)
            .append(
                " are its first copy. Start both nodes; the other one's directories must be"
                    + " empty.");
      }
      number++;
    }
    return done.toString();
  }
}

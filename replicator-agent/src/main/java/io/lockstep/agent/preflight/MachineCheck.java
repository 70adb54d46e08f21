package io.lockstep.agent.preflight;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.replicator.link.ClusterKey;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tries a configuration on this machine without changing anything: key file, directories,
 * interfaces, addresses and ports. Each problem names the key, what was found and what to do; all
 * are told at once. Any thread.
 */
public final class MachineCheck {
  private final Platform platform;
  private final String node;
  private final ClusterConfiguration running;

  private MachineCheck(Platform platform, String node, ClusterConfiguration running) {
    this.platform = platform;
    this.node = node;
    this.running = running;
  }

  /** Before this node's agent runs: nothing that it needs may be taken. */
  public static MachineCheck before(Platform platform, String node) {
    return new MachineCheck(platform, node, null);
  }

  /** While it runs: what it holds already under {@code running} is not looked at again. */
  public static MachineCheck during(Platform platform, String node, ClusterConfiguration running) {
    return new MachineCheck(platform, node, running);
  }

  /** Everything that is wrong; empty if all is well. */
  public List<String> problems(ClusterConfiguration next) {
    List<String> problems = new ArrayList<>();
    key(next, problems);
    place("journal.directory", next.journal().directory().of(node), problems);
    place("logs.directory", next.logs().directory().of(node), problems);
    problems.addAll(new DirectoryCheck(platform, node, running).problems(next));
    interfaces(next, problems);
    problems.addAll(new UnitCheck(node).problems(next));
    problems.addAll(new PortCheck(node, running).problems(next));
    return problems;
  }

  private void key(ClusterConfiguration next, List<String> problems) {
    try {
      ClusterKey.load(next.cluster().keyFile().of(node));
    } catch (IOException e) {
      problems.add("cluster.keyFile: " + e.getMessage());
    }
  }

  /** A directory that the agent makes itself needs a place where it can be made. */
  private static void place(String key, Path wanted, List<String> problems) {
    Path there = wanted;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isDirectory(there)) {
      problems.add(key + ": " + wanted + " cannot be made, since " + there + " is not a directory");
    } else if (!Files.isWritable(there)) {
      problems.add(key + ": " + there + " cannot be written (as this user, or it is read-only)");
    }
  }

  private void interfaces(ClusterConfiguration next, List<String> problems) {
    for (Map.Entry<String, ModuleConfiguration> module : next.modules().entrySet()) {
      List<ModuleConfiguration.Address> addresses = module.getValue().addresses();
      for (int i = 0; i < addresses.size(); i++) {
        String name = addresses.get(i).networkInterface().of(node);
        String key = "modules." + module.getKey() + ".addresses[" + i + "].interface";
        try {
          if (NetworkInterface.getByName(name) == null) {
            problems.add(
                key + ": this machine has no interface '" + name + "'; it has " + interfaces());
          }
        } catch (SocketException e) {
          problems.add(key + ": cannot look for interface '" + name + "': " + e.getMessage());
        }
      }
    }
  }

  private static String interfaces() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .map(NetworkInterface::getName)
        .collect(Collectors.toCollection(TreeSet::new))
        .toString();
  }
}

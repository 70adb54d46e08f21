package io.lockstep.demo.cluster;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.lockstep.demo.topology.NodeNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes the one configuration file of the demo's pair, with the keys that any user writes. */
public final class ConfigurationFile {
  /** The module's name. */
  public static final String MODULE = "desk";

  /** The port of console and API on a node's management address. */
  public static final int CONSOLE_PORT = 7443;

  private static final YAMLMapper YAML = new YAMLMapper();

  private ConfigurationFile() {}

  /**
   * What differs from run to run.
   *
   * @param home the run's directory: key, state and logs go below it
   * @param run the run's number
   * @param directories the replicated directory of each node, in the nodes' order
   * @param timings how fast failures are noticed
   * @param application its commands; empty for a module that only replicates
   * @param override a YAML file whose keys win over the demo's
   */
  public record Plan(
      Path home,
      int run,
      List<Path> directories,
      Timings timings,
      Optional<Application> application,
      Optional<Path> override) {}

  /**
   * Writes the file.
   *
   * @return the timings that it ends up with
   * @throws IOException if it cannot be written, or the override cannot be read
   */
  public static Timings write(Path file, Plan plan) throws IOException {
    Map<String, Object> configuration = configuration(plan);
    if (plan.override().isPresent()) {
      Map<String, Object> override =
          YAML.readValue(plan.override().get().toFile(), new TypeReference<>() {});
      merge(configuration, override == null ? Map.of() : override);
    }
    Files.writeString(file, YAML.writeValueAsString(configuration));
    return configuration.get("timing") instanceof Map<?, ?> timing
        ? Timings.of(YAML.convertValue(timing, new TypeReference<Map<String, Object>>() {}))
        : Timings.DEFAULT;
  }

  /** Puts {@code over} into {@code base}: maps are merged, anything else is replaced. */
  @SuppressWarnings("unchecked") // keys of YAML maps are strings here
  static void merge(Map<String, Object> base, Map<String, Object> over) {
    over.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> map && base.get(key) instanceof Map<?, ?> below) {
            merge((Map<String, Object>) below, (Map<String, Object>) map);
          } else {
            base.put(key, value);
          }
        });
  }

  private static Map<String, Object> configuration(Plan plan) {
    NodeNetwork a = NodeNetwork.of(plan.run(), 0);
    NodeNetwork b = NodeNetwork.of(plan.run(), 1);
    String home = plan.home().toString();
    Map<String, Object> root = new LinkedHashMap<>();
    root.put(
        "cluster",
        map("name", "demo" + plan.run(), "keyFile", home + "/cluster.key", "arbiter", "none"));
    root.put("nodes", map(a.name(), node(a), b.name(), node(b)));
    root.put("timing", new LinkedHashMap<>(plan.timings().section()));
    root.put(
        "journal",
        map("directory", home + "/${node}/state", "maxSize", "2GiB", "reserve", "256MiB"));
    root.put(
        "console",
        map(
            "listen",
            map(
                a.name(), a.managementIp() + ":" + CONSOLE_PORT,
                b.name(), b.managementIp() + ":" + CONSOLE_PORT)));
    root.put("logs", map("directory", home + "/${node}/logs"));
    root.put("modules", map(MODULE, module(plan, a, b)));
    return root;
  }

  private static Map<String, Object> node(NodeNetwork node) {
    return map(
        "link",
        node.serviceIp() + ":7400",
        "heartbeats",
        List.of(node.serviceIp() + ":7401", node.heartbeatIp() + ":7401"));
  }

  private static Map<String, Object> module(Plan plan, NodeNetwork a, NodeNetwork b) {
    Map<String, Object> paths =
        map(
            a.name(), plan.directories().get(0).toString(),
            b.name(), plan.directories().get(1).toString());
    Map<String, Object> module =
        map(
            "preferred", a.name(),
            "directories", List.of(map("path", paths)),
            "addresses",
                List.of(
                    address(NodeNetwork.virtualIp(plan.run()) + "/24"),
                    address(NodeNetwork.virtualIp6(plan.run()) + "/64")));
    plan.application().ifPresent(application -> module.put("application", commands(application)));
    return module;
  }

  private static Map<String, Object> commands(Application application) {
    return map(
        "start", map("run", application.command("start").toString(), "timeout", "60s"),
        "stop",
            map("run", application.command("stop").toString(), "timeout", "30s", "thenKill", true),
        "check", map("run", application.command("check").toString(), "every", "2s", "failures", 3),
        "restarts", map("max", 3, "within", "10m", "then", "switchover"));
  }

  private static Map<String, Object> address(String ip) {
    return map("ip", ip, "interface", NodeNetwork.SERVICE_INTERFACE);
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}

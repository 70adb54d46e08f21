package io.lockstep.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.time.Duration;

/** Holds the pair on two given directories, for whoever wants to work with it. */
final class Hold {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private Hold() {}

  /** Brings the pair up and prints its nodes once it is protected; the caller keeps it up. */
  static void run(DemoCluster cluster, boolean json, Say say) throws IOException {
    cluster.start();
    say.progress("both agents started; waiting for the first copy");
    cluster.awaitFirstProtection(PATIENCE);
    if (json) {
      say.result(describe(cluster).toString());
    } else {
      say.progress("PROTECTED");
      for (DemoNode node : cluster.nodes()) {
        say.text(CheatSheet.commands(node));
      }
    }
  }

  /** The nodes, in the order of their names. */
  static ObjectNode describe(DemoCluster cluster) throws IOException {
    ObjectNode root = new ObjectMapper().createObjectNode();
    ArrayNode nodes = root.putArray("nodes");
    for (DemoNode node : cluster.nodes()) {
      nodes
          .addObject()
          .put("name", node.name())
          .put("directory", node.directory().toString())
          .put("namespace", node.network().namespace())
          .put("pid", node.agentPid())
          .put("api", node.console().replaceAll("/$", ""))
          .put("kill", node.commands().kill())
          .put("freeze", node.commands().freeze())
          .put("thaw", node.commands().thaw())
          .put("cut", node.commands().cut())
          .put("heal", node.commands().heal())
          .put("start", node.commands().start());
    }
    return root;
  }
}

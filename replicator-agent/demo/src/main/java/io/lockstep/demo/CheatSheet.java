package io.lockstep.demo;

import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.desk.DispatchDesk;

/** What to try while the cluster is up. */
final class CheatSheet {
  private CheatSheet() {}

  /** All that one can do to one node. */
  static String commands(DemoNode node) {
    return """
        %s   console %s   directory %s
          kill everything    %s
          kill the agent     kill -9 $(cat %s)
          freeze, thaw       %s ; %s
          cut off, heal      %s ; %s
          start again        %s
          its log            tail -f %s
        """
        .formatted(
            node.name(),
            node.console(),
            node.directory(),
            node.commands().kill(),
            node.commands().pidFile(),
            node.commands().freeze(),
            node.commands().thaw(),
            node.commands().cut(),
            node.commands().heal(),
            node.commands().start(),
            node.commands().log());
  }

  /** The whole sheet. */
  static String of(DemoCluster cluster, String virtualIp) {
    StringBuilder sheet = new StringBuilder();
    sheet.append("\nThings to break (as root, from any terminal):\n\n");
    cluster.nodes().forEach(node -> sheet.append(commands(node)).append('\n'));
    sheet.append(
        """
        Place a call yourself:
          curl -i http://%s:%d/calls -d '{"caller":77,"number":1,"text":"help"}'
        Go back to the preferred node: the button in either console.
        Ctrl-C ends the cluster and removes everything.
        """
            .formatted(virtualIp, DispatchDesk.PORT));
    return sheet.toString();
  }
}

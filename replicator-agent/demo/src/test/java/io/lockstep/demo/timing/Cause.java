package io.lockstep.demo.timing;

import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;

/** How the serving node is lost. */
enum Cause {
  /** Agent, guardian and everything else end at once: only the silence tells. */
  NODE_KILLED("whole node killed") {
    @Override
    void strike(DemoNode node) {
      node.perform(node.commands().kill());
    }
  },
  /** It serves on where nobody reaches it: only the silence tells. */
  LINKS_CUT("all its links cut") {
    @Override
    void strike(DemoNode node) {
      node.perform(node.commands().cut());
    }

    @Override
    void mend(DemoNode node) {
      node.perform(node.commands().kill());
      node.perform(node.commands().heal());
    }
  },
  /** The guardian cleans up and says goodbye. */
  AGENT_KILLED("agent killed (kill -9)") {
    @Override
    void strike(DemoNode node) throws IOException {
      Shell.run("kill", "-KILL", Long.toString(node.agentPid()));
    }
  };

  private final String title;

  Cause(String title) {
    this.title = title;
  }

  /** For people. */
  String title() {
    return title;
  }

  /** It happens. */
  abstract void strike(DemoNode node) throws IOException;

  /** It ends; the agent is started by the caller. */
  void mend(DemoNode node) {}
}

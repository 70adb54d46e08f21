package io.lockstep.agent.metrics;

import java.util.List;

/** What a node tells of itself to whoever measures. Cheap, any thread. */
public interface Readings {
  /** The node. */
  NodeReading node();

  /** Its modules' names. */
  List<String> modules();

  /** One of them; null when it is there no more. */
  ModuleReading module(String name);
}

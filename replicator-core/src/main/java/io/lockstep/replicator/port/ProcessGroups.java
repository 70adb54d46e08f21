package io.lockstep.replicator.port;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Keeps an application's processes together, however they fork, so that none outlives its stop. */
public interface ProcessGroups {
  /** One application's processes. */
  interface ProcessGroup {
    /** {@code command} changed so that it, and all it starts, belongs to the group. */
    List<String> enclose(List<String> command);

    /**
     * A group inside of this one: its processes are of this one too, and are counted and killed
     * with it, or by themselves.
     */
    default ProcessGroup part(String name) throws IOException {
      throw new IOException("this process group has no parts, and none named " + name);
    }

    /** Whether no process is left in it. */
    boolean empty() throws IOException;

    /** The names of its processes, as {@code ps -o comm} shows them. */
    default Set<String> processNames() throws IOException {
      throw new IOException("the names of its processes are not known here");
    }

    /** Kills what is in it; returns at once. */
    void kill() throws IOException;

    /**
     * What a guardian outside this process needs to do the same: on Linux the directory of the
     * cgroup.
     */
    String handle();
  }

  /** The group of that name; found again after a restart of the agent. */
  ProcessGroup group(String name) throws IOException;
}

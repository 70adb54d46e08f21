package io.lockstep.demo.crash;

import io.lockstep.replicator.port.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The files by which a matrix arms the {@link CrashActor} of each node.
 *
 * @param directory where they are, outside both nodes
 */
record Control(Path directory) {
  /** How an agent is struck. */
  enum Blow {
    /** SIGKILL. */
    KILL(9),
    /** SIGSTOP, and SIGCONT when the peer has had time to take over. */
    FREEZE(19);

    private final int signal;

    Blow(int signal) {
      this.signal = signal;
    }
  }

  /** Arms a point on a node; at once visible to an agent that starts, within 10 ms to others. */
  void arm(String node, CrashPoint point, Blow blow, int skip) throws IOException {
    Files.deleteIfExists(reachedFile(node));
    Path fresh = directory.resolve(node + ".new");
    Files.writeString(fresh, "%s %d %d\n".formatted(point, blow.signal, skip));
    Files.move(fresh, directory.resolve(node), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Disarms both nodes. */
  void disarm() throws IOException {
    for (String node : io.lockstep.demo.topology.NodeNetwork.NAMES) {
      Files.deleteIfExists(directory.resolve(node));
      Files.deleteIfExists(reachedFile(node));
    }
  }

  /** Whether the point that was armed on the node was reached. */
  boolean wasReached(String node) {
    return Files.exists(reachedFile(node));
  }

  private Path reachedFile(String node) {
    return directory.resolve(node + ".reached");
  }
}

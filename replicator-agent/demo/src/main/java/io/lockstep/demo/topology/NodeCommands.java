package io.lockstep.demo.topology;

import static io.lockstep.demo.topology.Shell.quote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The commands that break and mend one node, as executable files that anyone on the machine may run
 * (as root), from any program.
 *
 * <p>Each ends with exit code 0 when what it says is done, and may be repeated.
 */
public final class NodeCommands {
  private final NodeNetwork node;
  private final Path home;
  private final Path directory;
  private final List<String> addresses;
  private final List<String> agent;
  private final String path;

  /**
   * Describes the commands; {@link #write} makes them.
   *
   * @param node the node's names and addresses
   * @param home the node's own directory in the run: the commands, the log and the agent's pid
   * @param directory the replicated directory of the node
   * @param addresses the virtual addresses with prefix lengths, dropped as a power-off would
   * @param agent the words of the command that runs the agent until it ends
   */
  public NodeCommands(
      NodeNetwork node, Path home, Path directory, List<String> addresses, List<String> agent) {
    this.node = node;
    this.home = home;
    this.directory = directory;
    this.addresses = List.copyOf(addresses);
    this.agent = List.copyOf(agent);
    this.path = System.getenv("PATH");
  }

  /**
   * Ends everything in the node at once, as a power-off would: all processes are stopped before the
   * first is killed, so that none can react to the death of another; then the virtual addresses are
   * dropped and the mounts detached.
   */
  public String kill() {
    return quote(home.resolve("kill").toString());
  }

  /** Stops every process of the node (SIGSTOP). */
  public String freeze() {
    return quote(home.resolve("freeze").toString());
  }

  /** Lets every process of the node go on (SIGCONT). */
  public String thaw() {
    return quote(home.resolve("thaw").toString());
  }

  /** Cuts the node off the service network and the second heartbeat network, both directions. */
  public String cut() {
    return quote(home.resolve("cut").toString());
  }

  /** Ends {@link #cut}. */
  public String heal() {
    return quote(home.resolve("heal").toString());
  }

  /** Starts the node's agent if it is not running. */
  public String start() {
    return quote(home.resolve("start").toString());
  }

  /** The file with the process id of the node's agent. */
  public Path pidFile() {
    return home.resolve("agent.pid");
  }

  /** The file that receives what the agent prints. */
  public Path log() {
    return home.resolve("agent.log");
  }

  /**
   * Writes the commands into the node's directory.
   *
   * @throws IOException if a file cannot be written
   */
  public void write() throws IOException {
    Files.createDirectories(home);
    script("kill", killScript());
    script("freeze", signal("STOP"));
    script("thaw", signal("CONT"));
    script("cut", ports("nomaster", "nomaster"));
    script("heal", ports("master service", "master heartbeat"));
    script("start", startScript());
  }

  private void script(String name, String body) throws IOException {
    Path file = home.resolve(name);
    Files.writeString(file, "#!/bin/bash\nexport PATH=" + quote(path) + "\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String killScript() {
    StringBuilder drop = new StringBuilder();
    for (String address : addresses) {
      drop.append(
          "ip -n %s addr del %s dev %s 2>/dev/null\n"
              .formatted(node.namespace(), address, NodeNetwork.SERVICE_INTERFACE));
    }
    return """
        ns=%s
        dir=%s
        for round in $(seq 100); do
          pids=$(ip netns pids $ns)
          [ -z "$pids" ] && break
          kill -STOP $pids 2>/dev/null
          kill -KILL $pids 2>/dev/null
          [ $round -lt 5 ] || sleep 0.05
        done
        [ -z "$(ip netns pids $ns)" ] || { echo "processes of $ns do not die" >&2; exit 1; }
        %sin_mounts() {
          nsenter --mount=/proc/%d/ns/mnt "$@"
        }
        mounted() {
          awk -v point=%s '$5 == point' /proc/%d/mountinfo | wc -l
        }
        for round in $(seq 16); do
          [ "$(mounted)" -le %d ] && break
          in_mounts umount -l -- "$dir" || exit 1
        done
        rm -f %s
        """
        .formatted(
            node.namespace(),
            quote(directory.toString()),
            drop,
            ProcessHandle.current().pid(),
            quote(Mounts.encode(directory.toString()).replace("\\", "\\\\")),
            ProcessHandle.current().pid(),
            Mounts.count(directory),
            quote(pidFile().toString()));
  }

  private String signal(String name) {
    // Twice: a process may have been born between listing and signal.
    return """
        for round in 1 2; do
          pids=$(ip netns pids %s) || exit 1
          [ -z "$pids" ] || kill -%s $pids 2>/dev/null
        done
        exit 0
        """
        .formatted(node.namespace(), name);
  }

  private String ports(String service, String heartbeat) {
    return """
        ip -n %1$s link set %2$s %4$s && ip -n %1$s link set %3$s %5$s
        """
        .formatted(
            node.switchNamespace(), node.servicePort(), node.heartbeatPort(), service, heartbeat);
  }

  private String startScript() {
    String pidFile = quote(pidFile().toString());
    String words = String.join(" ", agent.stream().map(Shell::quote).toList());
    // Mounts must be seen by whoever started the demo: the namespace of mounts is the demo's.
    return """
        exec 9>%2$s
        flock 9
        # A killed agent whose parent takes no note of its end, as in a container, is a zombie.
        alive() {
          read -r line 2>/dev/null </proc/$1/stat && [[ ${line##*) } != Z* ]]
        }
        if [ -s %1$s ] && alive "$(cat %1$s)"; then exit 0; fi
        cd /
        setsid nsenter --mount=/proc/%3$d/ns/mnt --net=/run/netns/%4$s \\
          %5$s >>%6$s 2>&1 </dev/null 9>&- &
        echo $! >%1$s
        """
        .formatted(
            pidFile,
            quote(home.resolve("start.lock").toString()),
            ProcessHandle.current().pid(),
            node.namespace(),
            words,
            quote(log().toString()));
  }
}

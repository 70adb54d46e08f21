package io.lockstep.demo.cluster;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.desk.DispatchDesk;
import io.lockstep.demo.recorder.Recorder;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The demo's application as Lockstep sees it: a command each to start, stop and check it.
 *
 * <p>The commands are the same file on both nodes and find out by their network namespace which
 * node they run on. Everything that they write apart from the data lies outside the replicated
 * directory.
 */
public final class Application {
  /** What keeps the desk's calls. */
  public enum Kind {
    /** A SQLite file. */
    SQLITE,
    /** A PostgreSQL server of the node's own. */
    POSTGRESQL
  }

  private static final int POSTGRESQL_PORT = 5432;

  private final Kind kind;
  private final Path home;
  private final int run;
  private final int collectorPort;

  /**
   * Describes the application; {@link #write} makes its commands.
   *
   * @param home where the commands go
   * @param run the run's number
   * @param collectorPort where the recorders send to, at the machine's end of the management
   *     network: what was acknowledged is heard even of a node that is cut off from everything else
   */
  public Application(Kind kind, Path home, int run, int collectorPort) {
    this.kind = kind;
    this.home = home;
    this.run = run;
    this.collectorPort = collectorPort;
  }

  /** The command of that name: {@code start}, {@code stop} or {@code check}. */
  public Path command(String name) {
    return home.resolve(name);
  }

  /**
   * Writes the commands.
   *
   * @param directories the replicated directory of each node
   * @throws IOException if they cannot be written
   */
  public void write(List<Path> directories) throws IOException {
    Files.createDirectories(home);
    String which = which(directories);
    script("start", which + refusal() + database() + desk() + recorders());
    script("stop", which + stop());
    script("check", check());
  }

  private void script(String name, String body) throws IOException {
    Files.writeString(
        command(name), "#!/bin/bash\nexport PATH=" + quote(System.getenv("PATH")) + "\n" + body);
    Files.setPosixFilePermissions(command(name), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String which(List<Path> directories) {
    return """
        case $(ip netns identify $$) in
          %s) node=%s; dir=%s; host=%s ;;
          %s) node=%s; dir=%s; host=%s ;;
          *) echo "not on a node of this demo" >&2; exit 1 ;;
        esac
        home=%s/$node
        mkdir -p "$home"
        cd "$home" || exit 1
        """
        .formatted(
            NodeNetwork.of(run, 0).namespace(),
            NodeNetwork.of(run, 0).name(),
            quote(directories.get(0).toString()),
            NodeNetwork.of(run, 0).hostIp(),
            NodeNetwork.of(run, 1).namespace(),
            NodeNetwork.of(run, 1).name(),
            quote(directories.get(1).toString()),
            NodeNetwork.of(run, 1).hostIp(),
            quote(home.toString()));
  }

  /** A start that fails for as long as the node's own file {@code refuse} exists. */
  private static String refusal() {
    return """
        if [ -e refuse ]; then echo "refuses to start, as it was told" >&2; exit 1; fi
        """;
  }

  /**
   * Lets the application fail on a node for good: its desk dies, and it does not start there again.
   *
   * @throws IOException if the node cannot be told
   */
  public void fail(NodeNetwork node) throws IOException {
    Path own = home.resolve(node.name());
    Files.writeString(own.resolve("refuse"), "");
    Shell.run("kill", "-KILL", Files.readString(own.resolve("desk.pid")).strip());
  }

  /**
   * Ends {@link #fail}.
   *
   * @throws IOException if the node cannot be told
   */
  public void mend(NodeNetwork node) throws IOException {
    Files.deleteIfExists(home.resolve(node.name()).resolve("refuse"));
  }

  /**
   * Lets a running application that nobody calls write down now what it would write by itself
   * later, so that nothing is written while a return is measured or two trees are compared.
   */
  public void quiet(NodeNetwork node) {
    if (kind == Kind.POSTGRESQL) {
      Shell.run(
          "nsenter",
          "--net=/run/netns/" + node.namespace(),
          "bash",
          "-ec",
          """
          bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
          "$bin/psql" -q -h 127.0.0.1 -p %d -U postgres -c 'VACUUM (ANALYZE)' -c CHECKPOINT
          """
              .formatted(POSTGRESQL_PORT));
    }
  }

  private String database() {
    return kind == Kind.SQLITE
        ? ""
        : """
          bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
          # The server that wrote it is not on this node.
          rm -f "$dir/postgresql/postmaster.pid"
          setpriv --reuid=postgres --regid=postgres --init-groups "$bin/postgres" \\
            -D "$dir/postgresql" -c port=%1$d -c listen_addresses=127.0.0.1 \\
            -c unix_socket_directories= >>postgresql.log 2>&1 </dev/null &
          echo $! >postgresql.pid
          for round in $(seq 2500); do
            "$bin/pg_isready" -q -h 127.0.0.1 -p %1$d && break
            kill -0 "$(cat postgresql.pid)" || { tail -5 postgresql.log >&2; exit 1; }
            sleep 0.02
          done
          """
            .formatted(POSTGRESQL_PORT);
  }

  private String desk() {
    String java = words(JavaProgram.command("96m", DispatchDesk.class.getName()));
    String store = kind == Kind.SQLITE ? "sqlite \"$dir\"" : "postgresql " + POSTGRESQL_PORT;
    return """
        %1$s %2$s $node %3$s %4$s >>desk.log 2>&1 </dev/null &
        echo $! >desk.pid
        for round in $(seq 2500); do
          (exec 3<>/dev/tcp/%3$s/%5$d) 2>/dev/null && break
          kill -0 "$(cat desk.pid)" 2>/dev/null || { tail -5 desk.log >&2; exit 1; }
          sleep 0.02
        done
        """
        .formatted(
            java,
            store,
            NodeNetwork.virtualIp(run),
            NodeNetwork.virtualIp6(run),
            DispatchDesk.PORT);
  }

  private String recorders() {
    return """
        run=$node-$(date +%%s%%3N)
        for index in 0 1 2 3; do
          %s "$dir" "$run" $index $host %d >>recorder.log 2>&1 </dev/null &
          echo $! >recorder-$index.pid
        done
        """
        .formatted(words(JavaProgram.command("24m", Recorder.class.getName())), collectorPort);
  }

  private static String stop() {
    // A process whose parent has not taken note of its end is a zombie: it has ended all the same.
    return """
        alive() {
          read -r line 2>/dev/null </proc/$1/stat && [[ ${line##*) } != Z* ]]
        }
        end() {
          for file in $2; do
            [ -s "$file" ] && alive "$(cat "$file")" && kill -$1 "$(cat "$file")" 2>/dev/null
          done
          for file in $2; do
            for round in $(seq 1000); do
              [ -s "$file" ] && alive "$(cat "$file")" || break
              sleep 0.01
            done
            rm -f "$file"
          done
        }
        end TERM "recorder-0.pid recorder-1.pid recorder-2.pid recorder-3.pid desk.pid"
        end INT postgresql.pid
        exit 0
        """;
  }

  private String check() {
    return """
        exec 3<>/dev/tcp/%s/%d || exit 1
        printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3
        read -t 2 -r line <&3 || exit 1
        [[ $line == *" 200 "* ]]
        """
        .formatted(NodeNetwork.virtualIp(run), DispatchDesk.PORT);
  }

  /**
   * Makes the application's first data in {@code directory}, before Lockstep sees it.
   *
   * @throws Shell.CommandFailedException if the database cannot be made
   */
  public void initialize(Path directory) {
    if (kind == Kind.POSTGRESQL) {
      Shell.run(
          "bash",
          "-ec",
          """
          bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
          mkdir "$0/postgresql"
          chown postgres:postgres "$0/postgresql"
          cd /
          setpriv --reuid=postgres --regid=postgres --init-groups "$bin/initdb" \\
            -D "$0/postgresql" -U postgres -A trust --locale=C -E UTF8
          """,
          directory.toString());
    }
  }

  private static String words(List<String> command) {
    return String.join(" ", command.stream().map(Shell::quote).toList());
  }
}

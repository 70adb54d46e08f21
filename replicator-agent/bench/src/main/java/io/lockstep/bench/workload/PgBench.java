package io.lockstep.bench.workload;

import io.lockstep.bench.Cell;
import io.lockstep.bench.Commands;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL's own benchmark on a server whose data directory lies on the file system. Its most
 * clients run once without being measured: a new server writes whole pages into its log at first,
 * and what it asks of the file system was never asked there before.
 */
public final class PgBench implements Workload {
  private static final int PORT = 54329;
  private static final int SCALE = 4;
  private static final int MOST_CLIENTS = 8;

  private final int seconds;
  private final Path home;

  /** Runs that long with 1 and with 8 clients; keeps its own files in {@code home}. */
  public PgBench(int seconds, Path home) throws IOException {
    this.seconds = seconds;
    this.home = Files.createDirectories(home);
  }

  @Override
  public List<String> names() {
    return List.of("pgbench-1", "pgbench-8");
  }

  /** The passthrough does everything as root: its files are not the server's own. */
  @Override
  public boolean suits(Subject subject) {
    return !subject.name().equals("fusePassthrough");
  }

  private String server(String rest) {
    return """
        cd /
        bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
        as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
        """
        + rest;
  }

  @Override
  public List<Cell> run(Subject subject, Path place) throws IOException, InterruptedException {
    Path data = place.resolve("postgresql");
    Commands.script(
        server(
            """
            mkdir '%1$s'; chown postgres:postgres '%1$s' '%2$s'; chmod 711 '%3$s' '%2$s'
            as "$bin/initdb" -D '%1$s' -U postgres -A trust --locale=C -E UTF8 --no-instructions
            as "$bin/pg_ctl" -D '%1$s' -w -t 60 -l '%2$s/server.log' \\
              -o '-c port=%4$d -c listen_addresses=127.0.0.1 -c unix_socket_directories=' start
            "$bin/pgbench" -q -i -s %5$d -h 127.0.0.1 -p %4$d -U postgres postgres
            """
                .formatted(data, home, place, PORT, SCALE)));
    List<Cell> cells = new ArrayList<>();
    try {
      load(MOST_CLIENTS);
      for (int clients : new int[] {1, MOST_CLIENTS}) {
        cells.add(measure(subject, clients));
      }
    } finally {
      Commands.script(server("as \"$bin/pg_ctl\" -D '%s' -w -m fast stop".formatted(data)));
    }
    return cells;
  }

  /** Runs that many clients; returns the directory with the times of their transactions. */
  private Path load(int clients) throws IOException, InterruptedException {
    Path logs = Files.createTempDirectory(home, "log");
    Commands.run(
        seconds + 60L,
        List.of(
            "bash",
            "-euc",
            server(
                """
                cd '%s'
                "$bin/pgbench" -n -c %d -j 1 -T %d -l -h 127.0.0.1 -p %d -U postgres postgres
                """
                    .formatted(logs, clients, seconds, PORT))));
    return logs;
  }

  private Cell measure(Subject subject, int clients) throws IOException, InterruptedException {
    Path logs = load(clients);
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    // client, number, microseconds, script, second, microsecond of its end
    double[] latencies =
        lines.stream().mapToDouble(l -> Double.parseDouble(l.split(" ")[2])).toArray();
    Arrays.sort(latencies);
    if (latencies.length == 0) {
      throw new IOException("pgbench did nothing");
    }
    return new Cell(
        subject.name(),
        "pgbench-" + clients,
        latencies.length / (double) seconds,
        latencies[latencies.length / 2],
        latencies[(int) (latencies.length * 0.99)],
        Double.NaN);
  }
}

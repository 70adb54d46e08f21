package io.lockstep.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The results: a table with ratios, and JSON. */
final class Report {
  /**
   * The least that Lockstep shall reach as a multiple of GlusterFS and of the C FUSE passthrough;
   * NaN where nothing is asked.
   */
  record Floor(double glusterfs, double fusePassthrough) {}

  private static final Map<String, Floor> FLOORS =
      Map.of(
          "write4k-1", new Floor(3, 0.5),
          "write4k-4", new Floor(6, 0.35),
          "write4k-osync-1", new Floor(3, 0.75),
          "seqwrite1m", new Floor(3.5, 0.9),
          "randread4k-warm", new Floor(6, 0.9),
          "create", new Floor(10, 1),
          "stat", new Floor(10, 1),
          "pgbench-1", new Floor(1.5, Double.NaN),
          "pgbench-8", new Floor(2, Double.NaN));

  private Report() {}

  /** Every figure, with Lockstep's ratios to the others of the same run. */
  static String table(List<Cell> cells) {
    StringBuilder text = new StringBuilder();
    text.append("| workload | system | iops | p50 us | p99 us | MiB/s | Lockstep / this |\n");
    text.append("|---|---|---:|---:|---:|---:|---:|\n");
    for (Cell cell : cells) {
      Optional<Cell> own = find(cells, "lockstep", cell.workload());
      double ratio = own.map(lockstep -> lockstep.iops() / cell.iops()).orElse(Double.NaN);
      text.append(
          "| %s | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  cell.workload(),
                  cell.system(),
                  number(cell.iops()),
                  number(cell.p50Us()),
                  number(cell.p99Us()),
                  number(cell.mibPerSecond()),
                  cell.system().equals("lockstep") ? "" : ratio(ratio)));
    }
    return text.toString();
  }

  /** One line for each floor: what was reached and whether it is enough. */
  static List<String> floors(List<Cell> cells) {
    List<String> lines = new ArrayList<>();
    for (String workload :
        cells.stream().map(Cell::workload).distinct().filter(FLOORS::containsKey).toList()) {
      Floor floor = FLOORS.get(workload);
      lines.add(floor(cells, workload, "glusterfs", floor.glusterfs()));
      if (!Double.isNaN(floor.fusePassthrough())) {
        lines.add(floor(cells, workload, "fusePassthrough", floor.fusePassthrough()));
      }
    }
    return lines;
  }

  private static String floor(List<Cell> cells, String workload, String system, double least) {
    Optional<Cell> other = find(cells, system, workload);
    Optional<Cell> own = find(cells, "lockstep", workload);
    if (other.isEmpty() || own.isEmpty()) {
      return "%-16s / %-15s not measured (floor %s)".formatted(workload, system, ratio(least));
    }
    double reached = own.get().iops() / other.get().iops();
    return "%-16s / %-15s %7s  floor %-5s %s"
        .formatted(
            workload, system, ratio(reached), ratio(least), reached >= least ? "kept" : "MISSED");
  }

  private static Optional<Cell> find(List<Cell> cells, String system, String workload) {
    return cells.stream()
        .filter(cell -> cell.system().equals(system) && cell.workload().equals(workload))
        .findFirst();
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? "–"
        : String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }

  private static String ratio(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** Writes the figures; what was not seen is null. */
  static void write(Path file, List<Cell> cells) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ArrayNode array = json.createArrayNode();
    for (Cell cell : cells) {
      ObjectNode node = array.addObject();
      node.put("system", cell.system()).put("workload", cell.workload());
      put(node, "iops", cell.iops());
      put(node, "p50Us", cell.p50Us());
      put(node, "p99Us", cell.p99Us());
      put(node, "mibPerSecond", cell.mibPerSecond());
    }
    Files.writeString(file, json.writerWithDefaultPrettyPrinter().writeValueAsString(array) + "\n");
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isNaN(value)) {
      node.putNull(key);
    } else {
      node.put(key, Math.round(value * 100) / 100.0);
    }
  }
}

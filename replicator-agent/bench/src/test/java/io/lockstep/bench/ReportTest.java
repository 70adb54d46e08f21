package io.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final List<Cell> CELLS =
      List.of(
          new Cell("fusePassthrough", "create", 4000, 200, 900, 15.6),
          new Cell("glusterfs", "create", 300, 3000, 9000, 1.2),
          new Cell("lockstep", "create", 3600, 250, 1000, 14.1),
          new Cell("lockstep", "untar", 2000, Double.NaN, Double.NaN, 8));

  @TempDir Path home;

  @Test
  void aFloorIsKeptOrMissedAndWhatWasNotMeasuredIsNeither() {
    assertThat(Report.floors(CELLS))
        .satisfiesExactly(
            line -> assertThat(line).contains("glusterfs", "12.00", "floor 10.00", "kept"),
            line -> assertThat(line).contains("fusePassthrough", "0.90", "floor 1.00", "MISSED"));
    assertThat(Report.floors(CELLS.subList(2, 3)))
        .allSatisfy(line -> assertThat(line).contains("not measured"));
  }

  @Test
  void theTableHasLockstepsRatioToEachOther() {
    assertThat(Report.table(CELLS).lines())
        .contains("| create | glusterfs | 300 | 3000 | 9000 | 1.2 | 12.00 |")
        .contains("| untar | lockstep | 2000 | – | – | 8.0 |  |");
  }

  @Test
  void jsonNamesEachFigureAndLeavesOutWhatWasNotSeen() throws IOException {
    Path file = home.resolve("bench.json");
    Report.write(file, CELLS);
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json).hasSize(4);
    assertThat(json.get(0).fieldNames())
        .toIterable()
        .containsExactly("system", "workload", "iops", "p50Us", "p99Us", "mibPerSecond");
    assertThat(json.get(0).path("iops").asDouble()).isEqualTo(4000);
    assertThat(json.get(3).path("p50Us").isNull()).isTrue();
  }
}

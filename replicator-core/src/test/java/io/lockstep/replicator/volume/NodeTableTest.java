package io.lockstep.replicator.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NodeTableTest {
  private static final int FILES = 300_000;

  /** Includes the name and the tables; a tree of a million files that was all looked at fits. */
  private static final long MOST_BYTES_A_FILE = 230;

  private final NodeTable table = new NodeTable(new SystemExecution(), 1);

  private static byte[] name(int i) {
    return ("file-" + i).getBytes(StandardCharsets.UTF_8);
  }

  private static FileStatus file(int inode) {
    return new FileStatus(FileKind.FILE, 0x1a4, 0, 0, 1, 0, 0, 4096, 0, inode, 0, 0, 0);
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void aFileThatIsKnownCostsLittle() {
    long before = usedBytes();
    for (int i = 0; i < FILES; i++) {
      table.refer(table.root(0), name(i), file(1000 + i));
    }
    long each = (usedBytes() - before) / FILES;
    assertThat(table.child(table.root(0), name(7))).isNotNull();
    assertThat(each).isLessThan(MOST_BYTES_A_FILE);
  }

  @Test
  void aFileOfTwoNamesIsOneNodeUntilItIsForgotten() throws Exception {
    Node first = table.refer(table.root(0), name(1), file(9));
    Node second = table.refer(table.root(0), name(2), file(9));
    assertThat(second).isSameAs(first);
    assertThat(table.get(first.number())).isSameAs(first);
    table.forget(first, 2);
    assertThat(table.child(table.root(0), name(1))).isNull();
    assertThat(table.child(table.root(0), name(2))).isNull();
    assertThat(table.refer(table.root(0), name(1), file(9))).isNotSameAs(first);
  }
}

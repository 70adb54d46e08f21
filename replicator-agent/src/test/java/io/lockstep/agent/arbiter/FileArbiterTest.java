package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileArbiterTest extends ArbiterContract {
  @TempDir private Path share;

  @BeforeEach
  void mark() throws Exception {
    Files.createFile(share.resolve(FileArbiter.MARK));
  }

  @Override
  Arbiter open() {
    return new FileArbiter(share.resolve("c.m"), Duration.ofSeconds(20));
  }

  @Test
  void emptyMountPointIsNoShareWithoutARecord() throws Exception {
    try (Arbiter a = open()) {
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      Files.delete(share.resolve(FileArbiter.MARK));
      assertThat(a.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
      assertThat(a.compareAndSwap(first, record(2, B))).isInstanceOf(Arbiter.Outcome.Unknown.class);
      Files.createFile(share.resolve(FileArbiter.MARK));
      assertThat(current(a)).isEqualTo(first);
    }
  }

  @Test
  void damagedRecordIsNoAnswer() throws Exception {
    try (Arbiter a = open()) {
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      Files.writeString(share.resolve("c.m").resolve("0000000000000001"), "{\"format\":1");
      assertThat(a.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
      assertThat(first.version()).isEqualTo(1);
    }
  }

  @Test
  void nothingIsLeftAsideAndEveryRecordIsKept() throws Exception {
    try (Arbiter a = open()) {
      InSyncRecord record = InSyncRecord.NONE;
      for (int i = 1; i <= 3; i++) {
        record = changed(a.compareAndSwap(record, record(i, A)));
      }
    }
    try (Stream<Path> files = Files.list(share.resolve("c.m"))) {
      List<String> names = files.map(f -> f.getFileName().toString()).sorted().toList();
      assertThat(names).containsExactly("0000000000000001", "0000000000000002", "0000000000000003");
    }
  }
}

package io.lockstep.bench.micro;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import java.nio.ByteBuffer;

/** The operation that most of a busy application's are: a write of 4 KiB. */
final class Samples {
  static final int BLOCK_BYTES = 4096;

  private Samples() {}

  static Operation.Write write(long offset) {
    return new Operation.Write(
        new FileId(0x1234, 0x5678),
        TreePath.of(0, "database/base/16384/2619"),
        offset,
        ByteBuffer.allocateDirect(BLOCK_BYTES),
        1_700_000_000_000_000_000L);
  }
}

package io.lockstep.bench.micro;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The checksum that each frame and each record of the journal carries. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumBenchmark {
  private final ByteBuffer direct = ByteBuffer.allocateDirect(Samples.BLOCK_BYTES);
  private final byte[] heap = new byte[Samples.BLOCK_BYTES];

  /** 4 KiB outside of the heap. */
  @Benchmark
  public long direct() {
    CRC32C crc = new CRC32C();
    crc.update(direct.position(0));
    return crc.getValue();
  }

  /** 4 KiB in the heap. */
  @Benchmark
  public long heap() {
    CRC32C crc = new CRC32C();
    crc.update(heap, 0, heap.length);
    return crc.getValue();
  }
}

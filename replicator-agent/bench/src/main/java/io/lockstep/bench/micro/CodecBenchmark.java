package io.lockstep.bench.micro;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.OperationCodec;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** An operation to bytes and back, as once on either node for each write. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
  private final Operation operation = Samples.write(8192);
  private final ByteBuffer into =
      ByteBuffer.allocateDirect(OperationCodec.maxBytes(Samples.write(8192)));
  private final ByteBuffer encoded = encoded();

  private static ByteBuffer encoded() {
    Operation operation = Samples.write(8192);
    ByteBuffer bytes = ByteBuffer.allocateDirect(OperationCodec.maxBytes(operation));
    OperationCodec.encode(operation, bytes);
    return bytes.flip();
  }

  /** A write of 4 KiB to bytes. */
  @Benchmark
  public int encode() {
    into.clear();
    OperationCodec.encode(operation, into);
    return into.position();
  }

  /** Bytes to a write of 4 KiB. */
  @Benchmark
  public Operation decode() throws MalformedException {
    return OperationCodec.decode(encoded.position(0));
  }
}

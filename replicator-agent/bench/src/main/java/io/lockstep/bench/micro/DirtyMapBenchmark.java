package io.lockstep.bench.micro;

import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.reintegration.DirtyMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The map of changes, to which a node that serves alone adds every write. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DirtyMapBenchmark {
  private static final int WRITES = 4096;

  private final Operation[] writes = new Operation[WRITES];
  private DirtyMap map;
  private int next;

  /** Random places of one file of 64 MiB. */
  @Setup(Level.Trial)
  public void places() {
    java.util.Random random = new java.util.Random(3);
    for (int i = 0; i < WRITES; i++) {
      writes[i] = Samples.write(random.nextInt(16_384) * (long) Samples.BLOCK_BYTES);
    }
  }

  /** Begins each iteration with an empty map. */
  @Setup(Level.Iteration)
  public void empty() {
    map = new DirtyMap();
  }

  /** One write, of a place that is soon dirty already. */
  @Benchmark
  public void record() {
    map.record(writes[next++ & (WRITES - 1)]);
  }
}

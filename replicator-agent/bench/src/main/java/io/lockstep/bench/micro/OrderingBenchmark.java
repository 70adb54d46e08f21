package io.lockstep.bench.micro;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.replication.AloneTracker;
import io.lockstep.replicator.replication.PrimaryStream;
import java.nio.ByteBuffer;
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

/**
 * The serving node's share of an operation: numbering, encoding, the window, and the peer's
 * acknowledgement, over a link that sends nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OrderingBenchmark {
  private static final Generation GENERATION = new Generation(1, 1);
  private static final long EPOCH = 1;
  private static final long WINDOW_BYTES = 64L << 20;

  private final Operation operation = Samples.write(8192);
  private PrimaryStream stream;

  /** A stream in sync. */
  @Setup(Level.Trial)
  public void inSync() {
    stream =
        new PrimaryStream(
            new SystemExecution(),
            new NoLink(),
            0,
            new PrimaryStream.Limits(WINDOW_BYTES, WINDOW_BYTES),
            new NoTracker());
    stream.openAlone(GENERATION, 0);
    stream.beginDual(EPOCH);
    stream.commitDual();
  }

  /** A write of 4 KiB, acknowledged at once. */
  @Benchmark
  public long submit() throws StoreException {
    long sequence = stream.submit(operation, false);
    stream.acknowledged(
        EPOCH, new StreamMessages.Ack(GENERATION, sequence, sequence, sequence, sequence));
    stream.awaitReceived(sequence, operation);
    stream.completed(sequence, operation);
    return sequence;
  }

  private static final class NoLink implements Link {
    @Override
    public boolean connected() {
      return true;
    }

    @Override
    public boolean send(long epoch, Lane lane, byte type, int module, ByteBuffer... payload) {
      return true;
    }

    @Override
    public boolean writable(Lane lane) {
      return true;
    }

    @Override
    public boolean awaitWritable(Lane lane, long timeoutMs) {
      return true;
    }

    @Override
    public void drop(long epoch, String reason) {
      throw new IllegalStateException(reason);
    }

    @Override
    public long sentBytes(Lane lane) {
      return 0;
    }

    @Override
    public long receivedBytes(Lane lane) {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static final class NoTracker implements AloneTracker {
    @Override
    public void track(Operation operation, boolean sent) {
      throw new IllegalStateException("in sync, nothing is tracked");
    }

    @Override
    public void settled(Operation operation) {}

    @Override
    public void failed(Operation operation) {
      throw new IllegalStateException("in sync, nothing is tracked");
    }
  }
}

package io.lockstep.bench.latency;

import io.lockstep.bench.Commands;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Mixed operations on plain ext4 and on Lockstep in the same seconds: what the machine does to both
 * shows in both, and what is left is Lockstep's. Then writes on Lockstep alone.
 */
public final class LatencyRun {
  private static final int ALONE_S = 20;

  private final Subject ext4;
  private final Subject lockstep;

  /** On systems that are up and warm. */
  public LatencyRun(Subject ext4, Subject lockstep) {
    this.ext4 = ext4;
    this.lockstep = lockstep;
  }

  /**
   * What came of it, for people.
   *
   * @param table the figures
   * @param broken what is not as promised; empty if all is
   * @param svg the picture
   */
  public record Result(List<String> table, List<String> broken, String svg) {}

  /**
   * Measures.
   *
   * @param title of the picture
   * @throws IOException if a system is not what it claims to be, or Lockstep was not PROTECTED all
   *     the time with equal trees in the end
   */
  public Result run(int seconds, String title) throws IOException, InterruptedException {
    Path here = ext4.directory().resolve("latency");
    Path there = lockstep.directory().resolve("latency");
    Load.prepare(here);
    Load.prepare(there);
    lockstep.prove();
    lockstep.begin();
    long startNs = System.nanoTime();
    long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
    List<Callable<Timeline>> loads = new ArrayList<>();
    for (Path place : List.of(here, there)) {
      for (Kind kind : Kind.values()) {
        loads.add(new Load(kind, place, new Timeline(seconds, startNs), endNs, true));
      }
    }
    List<Timeline> lines = all(loads);
    Histogram alone = alone(there);
    lockstep.end();
    Commands.run(300, List.of("rm", "-rf", here.toString(), there.toString()));
    int kinds = Kind.values().length;
    Judgement judgement =
        new Judgement(
            byKind(lines.subList(0, kinds)), byKind(lines.subList(kinds, 2 * kinds)), alone);
    return new Result(judgement.table(), judgement.broken(), LatencyPlot.of(judgement, title));
  }

  private static Histogram alone(Path place) throws IOException {
    long startNs = System.nanoTime();
    long endNs = startNs + TimeUnit.SECONDS.toNanos(ALONE_S);
    return new Load(Kind.WRITE, place, new Timeline(ALONE_S, startNs), endNs, false).call().all();
  }

  private static Map<Kind, Timeline> byKind(List<Timeline> lines) {
    Map<Kind, Timeline> map = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      map.put(kind, lines.get(kind.ordinal()));
    }
    return map;
  }

  private static List<Timeline> all(List<Callable<Timeline>> loads)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(loads.size());
    try {
      List<Timeline> lines = new ArrayList<>();
      for (Future<Timeline> each : threads.invokeAll(loads)) {
        lines.add(each.get());
      }
      return lines;
    } catch (ExecutionException e) {
      throw new IOException("a load ended: " + e.getCause(), e);
    } finally {
      threads.shutdownNow();
    }
  }
}

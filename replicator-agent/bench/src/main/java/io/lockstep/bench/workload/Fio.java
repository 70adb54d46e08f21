package io.lockstep.bench.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.bench.Cell;
import io.lockstep.bench.Commands;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes of file content, by fio. */
public final class Fio implements Workload {
  /** Whether the files are in the caches when it begins. */
  private enum Caches {
    AS_THEY_ARE,
    WARM,
    COLD
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_S = 600;
  private static final double NS_PER_US = 1000;

  private final String name;
  private final boolean reads;
  private final int jobs;
  private final String size;
  private final Caches caches;
  private final List<String> options;

  private Fio(
      String name, boolean reads, int jobs, String size, Caches caches, List<String> options) {
    this.name = name;
    this.reads = reads;
    this.jobs = jobs;
    this.size = size;
    this.caches = caches;
    this.options = options;
  }

  private static List<String> timed(int seconds, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of("--bs=4k", "--time_based", "--ramp_time=1", "--runtime=" + seconds));
    options.addAll(List.of(more));
    return options;
  }

  /** Random 4 KiB writes into the page cache or whatever stands for it. */
  public static Fio buffered(int jobs, int seconds) {
    return new Fio(
        "write4k-" + jobs,
        false,
        jobs,
        "32m",
        Caches.AS_THEY_ARE,
        timed(seconds, "--rw=randwrite"));
  }

  /** Random 4 KiB writes, each with O_SYNC. */
  public static Fio synchronous(int jobs, int seconds) {
    return new Fio(
        "write4k-osync-" + jobs,
        false,
        jobs,
        "32m",
        Caches.AS_THEY_ARE,
        timed(seconds, "--rw=randwrite", "--sync=1"));
  }

  /** Random 4 KiB writes, each followed by fdatasync; the latency is that of the write alone. */
  public static Fio dataSynced(int seconds) {
    return new Fio(
        "write4k-fdatasync-1",
        false,
        1,
        "32m",
        Caches.AS_THEY_ARE,
        timed(seconds, "--rw=randwrite", "--fdatasync=1"));
  }

  /** One file written from its beginning to its end and synced once. */
  public static Fio sequentialWrite(String size) {
    return new Fio(
        "seqwrite1m",
        false,
        1,
        size,
        Caches.AS_THEY_ARE,
        List.of(
            "--bs=1m", "--rw=write", "--end_fsync=1", "--fallocate=none", "--create_on_open=1"));
  }

  /** One cold file read from its beginning to its end. */
  public static Fio sequentialRead(String size) {
    return new Fio(
        "seqread1m", true, 1, size, Caches.COLD, List.of("--bs=1m", "--rw=read", "--invalidate=0"));
  }

  /**
   * Random 4 KiB reads of what another process read just before: of a file so large that the first
   * seconds do not bring it anew into the cache of a system that drops it when a file is opened.
   */
  public static Fio warmReads(int seconds) {
    return new Fio(
        "randread4k-warm",
        true,
        1,
        "256m",
        Caches.WARM,
        timed(seconds, "--rw=randread", "--invalidate=0"));
  }

  /** Random 4 KiB reads, each of another block of a cold file. */
  public static Fio coldReads() {
    return new Fio(
        "randread4k-cold",
        true,
        1,
        "32m",
        Caches.COLD,
        List.of("--bs=4k", "--rw=randread", "--invalidate=0"));
  }

  @Override
  public List<String> names() {
    return List.of(name);
  }

  @Override
  public List<Cell> run(Subject subject, Path place) throws IOException, InterruptedException {
    if (reads) {
      fio(place, List.of("--bs=1m", "--rw=write", "--end_fsync=1"));
    }
    if (caches == Caches.WARM) {
      fio(place, List.of("--bs=1m", "--rw=read", "--invalidate=0"));
    } else if (caches == Caches.COLD) {
      FileCaches.drop(subject, place);
    }
    JsonNode job = JSON.readTree(fio(place, options)).path("jobs").path(0);
    JsonNode figures = job.path(reads ? "read" : "write");
    JsonNode percentiles = figures.path("clat_ns").path("percentile");
    if (figures.path("total_ios").asLong() == 0 || job.path("error").asInt() != 0) {
      throw new IOException("fio did nothing, or failed: " + job.path("error"));
    }
    return List.of(
        new Cell(
            subject.name(),
            name,
            figures.path("iops").asDouble(),
            percentiles.path("50.000000").asDouble() / NS_PER_US,
            percentiles.path("99.000000").asDouble() / NS_PER_US,
            figures.path("bw_bytes").asDouble() / (1 << 20)));
  }

  private String fio(Path place, List<String> more) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "fio",
                "--name=bench",
                "--directory=" + place,
                "--ioengine=psync",
                "--size=" + size,
                "--numjobs=" + jobs,
                "--group_reporting",
                "--randseed=7",
                "--output-format=json"));
    words.addAll(more);
    String printed = Commands.run(PATIENCE_S, words);
    // fio puts its warnings before the JSON.
    return printed.substring(printed.indexOf('{'));
  }
}

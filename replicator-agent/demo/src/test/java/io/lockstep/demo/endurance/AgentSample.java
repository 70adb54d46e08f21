package io.lockstep.demo.endurance;

import io.lockstep.demo.bench.MetricsPage;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an agent's process holds at one moment.
 *
 * @param residentKib physical memory, mapped files included
 * @param peakKib the most of it since the process began
 * @param heapKib live objects: taken after a collection, which the sample asks for; 0 without one
 * @param threads of the process
 * @param descriptors open files, sockets and the like
 * @param journalKib size of the node's journal
 */
record AgentSample(
    long residentKib, long peakKib, long heapKib, long threads, long descriptors, long journalKib) {
  private static final Pattern USED = Pattern.compile("generation +total \\d+K, used (\\d+)K");
  private static final int KIB = 1024;

  /** Takes one as it is. */
  static AgentSample of(DemoNode node) throws IOException {
    return take(node, false);
  }

  /** Takes one after a collection of the whole heap. */
  static AgentSample collected(DemoNode node) throws IOException {
    return take(node, true);
  }

  private static AgentSample take(DemoNode node, boolean collect) throws IOException {
    long pid = node.agentPid();
    long heap = collect ? liveKib(pid) : 0;
    String status = Files.readString(Path.of("/proc/" + pid + "/status"));
    long descriptors;
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      descriptors = open.count();
    }
    return new AgentSample(
        field(status, "VmRSS"),
        field(status, "VmHWM"),
        heap,
        field(status, "Threads"),
        descriptors,
        (long) MetricsPage.of(node).value("lockstep_journal_used_bytes") / KIB);
  }

  private static long field(String status, String name) throws IOException {
    Matcher matcher = Pattern.compile("(?m)^" + name + ":\\s+(\\d+)").matcher(status);
    if (!matcher.find()) {
      throw new IOException("the process tells no " + name);
    }
    return Long.parseLong(matcher.group(1));
  }

  private static long liveKib(long pid) throws IOException {
    Shell.run("jcmd", Long.toString(pid), "GC.run");
    Matcher matcher = USED.matcher(Shell.run("jcmd", Long.toString(pid), "GC.heap_info"));
    long used = 0;
    int generations = 0;
    while (matcher.find()) {
      used += Long.parseLong(matcher.group(1));
      generations++;
    }
    if (generations != 2) {
      throw new IOException("the heap of process %d is not told in two generations".formatted(pid));
    }
    return used;
  }

  @Override
  public String toString() {
    return "resident %d MiB (peak %d), heap after collection %d MiB, %d threads, %d descriptors, journal %d MiB"
        .formatted(
            residentKib / KIB,
            peakKib / KIB,
            heapKib / KIB,
            threads,
            descriptors,
            journalKib / KIB);
  }
}

package io.lockstep.demo.endurance;

import com.google.errorprone.annotations.FormatMethod;
import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Cleanup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real pair with a large tree: how long both agents take to start with it, and what they hold
 * when it was walked twice through the mount, with many files open at once. What the first copy of
 * the tree takes is told, not judged: it is bounded by the heap.
 *
 * <pre>
 * ScaleRun FILES OPEN    for example 1000000 10000
 * </pre>
 *
 * <p>Exit codes: 0 everything within its bound and both trees equal, 1 something was not.
 */
public final class ScaleRun {
  /** What is promised of an agent with a million files. */
  static final Bounds PROMISED = new Bounds(512, 5_000);

  private static final Duration COPYING = Duration.ofMinutes(60);
  private static final Duration SETTLING = Duration.ofMinutes(10);
  private static final Duration STOPPING = Duration.ofMinutes(2);

  /** With the inodes for a million files, by what mkfs makes of a size; the image is sparse. */
  private static final int TREE_MIB = 20 << 10;

  /** More than a return says of itself, and less than it says of a few hundred files. */
  private static final long RETURN_BYTES = 64 << 10;

  private static final Pattern RETURNED = Pattern.compile("The peer has everything: (\\d+) bytes");

  private static final int STATE_MIB = 2 << 10;
  private static final String PATIENT =
      "timing: {heartbeat: 1s, takeoverAfter: 60s, ackTimeout: 50s, hungAfter: 5m}";

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final List<String> wrong = new ArrayList<>();
  private final Bounds bounds;
  private final Bench bench;

  /**
   * What counts as good.
   *
   * @param residentMib of each agent, at the most it ever had since its start with the tree
   * @param startMs of both agents, until the pair is protected
   */
  record Bounds(long residentMib, long startMs) {}

  private ScaleRun(Bench bench, Bounds bounds) {
    this.bench = bench;
    this.bounds = bounds;
  }

  /** Runs and exits. */
  public static void main(String[] arguments) throws IOException {
    int files = Integer.parseInt(arguments[0]);
    List<String> wrong = play(files, Integer.parseInt(arguments[1]), "", PROMISED);
    wrong.forEach(line -> System.out.println("FAILED: " + line));
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  /**
   * Plays the whole of it with so many files.
   *
   * @param environment lines of shell that export what the agents find in their environment
   * @return what was wrong; empty if nothing
   */
  static List<String> play(int files, int open, String environment, Bounds bounds)
      throws IOException {
    Path home = Files.createTempDirectory(place(), "lockstep-scale-");
    try (Bench bench =
        Bench.open(
            Files.createDirectory(home.resolve("pair")),
            new Bench.Plan(TREE_MIB, STATE_MIB, List.of(), environment, PATIENT))) {
      ScaleRun run = new ScaleRun(bench, bounds);
      run.run(files, open);
      return run.wrong;
    } finally {
      Cleanup.deleteTree(home);
    }
  }

  /** Disks in memory: what is asked is what many files cost the agents, not how fast a disk is. */
  private static Path place() {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? memory : Path.of("/var/tmp");
  }

  private void run(int files, int open) throws IOException {
    DemoNode a = bench.cluster().a();
    timed("made %d files".formatted(files), () -> new BigTree(files).make(bench.plain(a)));
    timed(
        "copied to the secondary",
        () -> {
          bench.cluster().start();
          bench.cluster().awaitFirstProtection(COPYING);
        });
    show("after the copy");
    restart(files);
    timed("walked by find", () -> expect(files, BigTree.walked(a.directory())));
    timed("listed by ls -lR", () -> expect(files, BigTree.listed(a.directory())));
    tell("after both walks");
    openMany(files, open);
    compare();
  }

  private void expect(long files, long found) {
    check(files == found, "%d files were found, not %d", found, files);
  }

  @FormatMethod
  private void check(boolean good, String message, Object... values) {
    if (!good) {
      wrong.add(message.formatted(values));
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private long timed(String what, Action action) throws IOException {
    long since = System.nanoTime();
    action.run();
    long ms = Duration.ofNanos(System.nanoTime() - since).toMillis();
    out.printf("%-40s %8d ms%n", what, ms);
    return ms;
  }

  private void show(String when) throws IOException {
    for (DemoNode node : bench.cluster().nodes()) {
      out.printf("%s, %s: %s%n", when, node.name(), AgentSample.of(node));
    }
  }

  private void tell(String when) throws IOException {
    show(when);
    for (DemoNode node : bench.cluster().nodes()) {
      AgentSample sample = AgentSample.of(node);
      check(
          sample.peakKib() / 1024 < bounds.residentMib(),
          "%s, the agent of %s had %d MiB resident at its peak; allowed are %d",
          when,
          node.name(),
          sample.peakKib() / 1024,
          bounds.residentMib());
    }
  }

  /** Every so-many-th file of the tree, all open at once, written through and read back. */
  private void openMany(int files, int open) throws IOException {
    DemoNode a = bench.cluster().a();
    List<FileChannel> channels = new ArrayList<>();
    try {
      timed("opened and wrote %d files".formatted(open), () -> openAndWrite(files, open, channels));
      long descriptors = AgentSample.of(a).descriptors();
      out.printf("descriptors of the serving agent: %d%n", descriptors);
      check(descriptors >= open, "the agent has %d descriptors only", descriptors);
      tell("with %d files open".formatted(open));
      for (int i = 0; i < open; i++) {
        String read = read(channels.get(i));
        check(read.equals(text(i)), "open file %d reads '%s'", i, read);
      }
    } finally {
      for (FileChannel channel : channels) {
        channel.close();
      }
    }
    check(bench.cluster().isProtected(), "not PROTECTED: %s", bench.cluster().describe());
    bench.cluster().await("the files closed", STOPPING, () -> descriptors(a) < open / 10 + 1000);
  }

  private static long descriptors(DemoNode node) {
    try {
      return AgentSample.of(node).descriptors();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private void openAndWrite(int files, int open, List<FileChannel> channels) throws IOException {
    for (int i = 0; i < open; i++) {
      Path path =
          bench.cluster().a().directory().resolve(BigTree.path((int) ((long) i * files / open)));
      FileChannel channel =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING);
      channels.add(channel);
      channel.write(ByteBuffer.wrap(text(i).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private static String text(int i) {
    return "open file " + i;
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    channel.read(buffer, 0);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
  }

  private void compare() throws IOException {
    DemoNode b = bench.cluster().b();
    bench
        .cluster()
        .await(
            "everything applied",
            SETTLING,
            () -> bench.status(b).filter(status -> status.lagBytes() == 0).isPresent());
    timed(
        "both trees compared",
        () -> {
          String first = BigTree.digest(bench.plain(bench.cluster().a()));
          String second = BigTree.digest(bench.plain(b));
          check(first.equals(second), "the trees differ: %s here, %s there", first, second);
        });
  }

  /**
   * Both are stopped in good order, the secondary first, and started at once. One that is stopped
   * before it may serve alone is not in good order: the other would serve afterwards.
   */
  private void restart(int files) throws IOException {
    stop(bench.cluster().b());
    bench.awaitRole(bench.cluster().a(), "ALONE", STOPPING);
    stop(bench.cluster().a());
    long ms =
        timed(
            "started, until PROTECTED",
            () -> {
              bench.cluster().nodes().forEach(node -> node.perform(node.commands().start()));
              bench.cluster().awaitProtected(SETTLING);
            });
    check(ms < bounds.startMs(), "the start took %d ms; allowed are %d", ms, bounds.startMs());
    long sent = lastReturnBytes();
    check(
        sent >= 0 && sent < RETURN_BYTES,
        "a return in which nothing had changed sent %d bytes; allowed are %d",
        sent,
        RETURN_BYTES);
    Path last = bench.cluster().a().directory().resolve(BigTree.path(files - 1));
    check(Files.exists(last), "%s is not on the mount after the start", last);
  }

  /** What the agents' logs say of the last one; -1 if they say of none. */
  private long lastReturnBytes() throws IOException {
    String newest = "";
    for (DemoNode node : bench.cluster().nodes()) {
      for (String line : Files.readAllLines(node.commands().log())) {
        if (RETURNED.matcher(line).find() && line.compareTo(newest) > 0) {
          newest = line;
        }
      }
    }
    Matcher returned = RETURNED.matcher(newest);
    return returned.find() ? Long.parseLong(returned.group(1)) : -1;
  }

  private void stop(DemoNode node) throws IOException {
    Optional<ProcessHandle> agent = ProcessHandle.of(node.agentPid());
    timed(
        "stopped " + node.name(),
        () -> {
          agent.ifPresent(ProcessHandle::destroy);
          bench
              .cluster()
              .await(
                  "the end of the agent of " + node.name(),
                  STOPPING,
                  () -> agent.filter(p -> Bench.isAlive(p.pid())).isEmpty());
        });
  }
}

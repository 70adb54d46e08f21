package io.lockstep.failover.guardian;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process outside the JVM that cleans up when the agent dies, however it dies (PROTOCOL §8): it
 * drops the addresses, kills the applications' cgroups and confirms that they are empty, aborts the
 * FUSE connections, detaches the mounts, and says goodbye to the peer; no goodbye while a process
 * is left.
 *
 * <p>It learns of the death by the end of the pipe to it. A registration is in that pipe, and thus
 * outlives this process, when its method returns. An agent that lives but says nothing more is
 * killed first, see {@link #watch}. If the guardian dies, or answers nothing, a new one is started
 * with the same registrations. Any thread.
 */
public final class Guardian implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Guardian.class);
  private static final long LOG_LIMIT = 1 << 20;

  /** How much longer than for the end of what it kills a guardian may take for everything. */
  private static final Duration BEYOND = Duration.ofSeconds(10);

  /** As in the script. */
  private static final Duration SYSTEMCTL = Duration.ofSeconds(5);

  private static final Duration END = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often the agent speaks within the guardian's patience. */
  private static final int PULSES = 6;

  private static final int UNANSWERED = 5 * PULSES;

  private final GuardianFiles files;
  private final Path log;

  @GuardedBy("this")
  private final Set<String> registrations = new LinkedHashSet<>();

  @GuardedBy("this")
  private final Map<String, String> goodbyes = new LinkedHashMap<>();

  @GuardedBy("this")
  private String watched = "";

  @GuardedBy("this")
  private String bounds = boundsLine(SYSTEMCTL, END);

  @GuardedBy("this")
  private Duration end = END;

  @GuardedBy("this")
  private Duration systemctl = SYSTEMCTL;

  @GuardedBy("this")
  private int unanswered;

  @GuardedBy("this")
  private Process process;

  @GuardedBy("this")
  private OutputStream pipe;

  @GuardedBy("this")
  private boolean ending;

  private Guardian(GuardianFiles files, Path log) {
    this.files = files;
    this.log = log.toAbsolutePath();
  }

  /**
   * Waits until the guardian of an earlier life of the agent has finished its work. Before {@link
   * #start}, and before anything that it might undo.
   *
   * @throws IOException if it is still there after {@code timeout}, or another agent lives
   */
  public static void awaitPredecessor(Path stateDirectory, Duration timeout)
      throws IOException, InterruptedException {
    if (!new GuardianFiles(stateDirectory).awaitGone(timeout)) {
      throw new IOException(
          "the guardian of an earlier agent still works after "
              + timeout.toSeconds()
              + " s, or that agent still runs: see its log and "
              + stateDirectory.resolve("guardian.pid"));
    }
  }

  /**
   * Starts a guardian with nothing to clean up.
   *
   * @param stateDirectory for the script and the datagrams; gets mode 700
   * @param log that it appends to, ms by ms; not inside a module's directory
   */
  public static Guardian start(Path stateDirectory, Path log) throws IOException {
    Guardian guardian = new Guardian(new GuardianFiles(stateDirectory), log);
    guardian.files.prepare();
    guardian.trimLog();
    guardian.launch();
    Thread watch = new Thread(guardian::awaitDeaths, "guardian-watch");
    watch.setDaemon(true);
    watch.start();
    return guardian;
  }

  private void trimLog() throws IOException {
    Files.createDirectories(Objects.requireNonNull(log.getParent(), "a file, not /"));
    if (Files.exists(log) && Files.size(log) > LOG_LIMIT) {
      Path older = log.resolveSibling(log.getFileName() + ".1");
      Files.move(log, older, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private synchronized void launch() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("setsid", "bash", files.script().toString())
            .directory(Path.of("/").toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // A shell would read these before the script.
    builder.environment().keySet().removeIf(name -> name.equals("BASH_ENV"));
    process = builder.start();
    pipe = process.getOutputStream();
    unanswered = 0;
    files.note(process.pid());
    for (String line : registrations) {
      write(line);
    }
    for (String line : goodbyes.values()) {
      write(line);
    }
    write(bounds);
    if (!watched.isEmpty()) {
      write(watched);
    }
  }

  private void awaitDeaths() {
    try {
      while (true) {
        Process one = current();
        one.waitFor();
        synchronized (this) {
          if (ending) {
            return;
          }
          LOG.warn(
              "The guardian (process {}) ended with {}; starting it again with {} registrations",
              one.pid(),
              one.exitValue(),
              registrations.size() + goodbyes.size());
          relaunch();
        }
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
      }
    } catch (InterruptedException e) {
      LOG.warn("The guardian is not watched any more: interrupted");
    }
  }

  private synchronized Process current() {
    return process;
  }

  private synchronized void relaunch() {
    try {
      launch();
    } catch (IOException e) {
      LOG.error("No guardian: nothing cleans up if this agent dies; trying again", e);
    }
  }

  /** Drop the address, for instance 10.0.1.50/24, from the interface. */
  public void address(InetAddress address, int prefixBits, String networkInterface) {
    add(GuardianLine.address(address, prefixBits, networkInterface));
  }

  /** Undoes {@link #address}. */
  public void forgetAddress(InetAddress address, int prefixBits, String networkInterface) {
    forget(GuardianLine.address(address, prefixBits, networkInterface));
  }

  /** Kill everything in the control group of that directory and below. */
  public void cgroup(String directory) {
    add(GuardianLine.of("CGROUP", directory));
  }

  /** Undoes {@link #cgroup}. */
  public void forgetCgroup(String directory) {
    forget(GuardianLine.of("CGROUP", directory));
  }

  /**
   * Kill and stop that unit of systemd's.
   *
   * @param systemctl the program
   */
  public void unit(String systemctl, String name) {
    add(GuardianLine.of("UNIT", systemctl, name));
  }

  /** Undoes {@link #unit}. */
  public void forgetUnit(String systemctl, String name) {
    forget(GuardianLine.of("UNIT", systemctl, name));
  }

  /** Abort the FUSE connection of that number and detach its mount. */
  public void fuse(String connection, Path mountPath) {
    add(GuardianLine.of("FUSE", connection, mountPath.toString()));
  }

  /** Undoes {@link #fuse}. */
  public void forgetFuse(String connection, Path mountPath) {
    forget(GuardianLine.of("FUSE", connection, mountPath.toString()));
  }

  /**
   * Send this datagram, three times, when all else is done; replaces the one for the same
   * destination, in one step.
   *
   * @param local where it should come from, for the log: the kernel's route decides; or null
   */
  public synchronized void goodbye(InetSocketAddress to, InetAddress local, byte[] datagram)
      throws IOException {
    String host = to.getAddress().getHostAddress();
    String key = host + " " + to.getPort();
    String name = "goodbye-" + GuardianLine.encode(key).replace('/', '_') + ".datagram";
    Path file = files.replace(name, datagram);
    String line =
        GuardianLine.of(
            "GOODBYE",
            host,
            Integer.toString(to.getPort()),
            local == null ? "-" : local.getHostAddress(),
            file.toString());
    if (!line.equals(goodbyes.put(key, line))) {
      write("FORGET-GOODBYES");
      goodbyes.values().forEach(this::write);
    }
  }

  /** Undoes every {@link #goodbye}. */
  public synchronized void forgetGoodbyes() {
    goodbyes.clear();
    write("FORGET-GOODBYES");
  }

  /**
   * From now on this process is killed, and cleaned up after, when {@link #pulse} is not called for
   * {@code patience}, or when it is stopped by a signal for {@code stopped}, although there are
   * addresses or mounts to clean up. Time in which the guardian itself did not run, as when the
   * whole machine was paused, does not count.
   *
   * @param stopped at most this long; a quarter less is possible, for it is looked at from time to
   *     time
   * @return how often to call {@link #pulse}
   */
  public synchronized Duration watch(Duration patience, Duration stopped) {
    String line =
        GuardianLine.of(
            "WATCH",
            Long.toString(patience.toMillis()),
            Long.toString(ProcessHandle.current().pid()),
            Long.toString(stopped.toMillis()));
    if (!line.equals(watched)) {
      watched = line;
      write(line);
    }
    return patience.dividedBy(PULSES);
  }

  /**
   * How long it may wait for others when it cleans up.
   *
   * @param systemctl for each answer of {@code systemctl}
   * @param last for the units that it killed to end, and then for other processes; beyond it there
   *     is no goodbye
   */
  public synchronized void bounds(Duration systemctl, Duration last) {
    String line = boundsLine(systemctl, last);
    if (!line.equals(bounds)) {
      bounds = line;
      end = last;
      this.systemctl = systemctl;
      write(line);
    }
  }

  /**
   * How long a guardian works at the most: {@code systemctl} kills and is asked for each of so many
   * units; then it waits for them, and for what is left of processes.
   */
  public static Duration longest(Duration systemctl, Duration last, int units) {
    return systemctl.multipliedBy(2L * units).plus(last.multipliedBy(2)).plus(BEYOND);
  }

  private static String boundsLine(Duration systemctl, Duration last) {
    return GuardianLine.of(
        "BOUNDS", Long.toString(systemctl.toMillis()), Long.toString(last.toMillis()));
  }

  /**
   * This process makes progress. Ends a guardian that has not answered many of these: its successor
   * does.
   */
  public synchronized void pulse() {
    try {
      InputStream answers = process.getInputStream();
      unanswered -= (int) answers.skip(answers.available());
    } catch (IOException e) {
      LOG.debug("The guardian is gone, its watch starts another: {}", e.getMessage());
      return;
    }
    if (unanswered >= UNANSWERED) {
      LOG.warn("The guardian, process {}, does not answer: ended", process.pid());
      process.destroyForcibly();
      return;
    }
    unanswered++;
    write("ALIVE");
  }

  private synchronized void add(String line) {
    if (registrations.add(line)) {
      write(line);
    }
  }

  private synchronized void forget(String line) {
    if (registrations.remove(line)) {
      write("FORGET-" + line);
    }
  }

  /** A line that does not arrive is not lost: the next guardian gets all of them. */
  private synchronized void write(String line) {
    try {
      pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      pipe.flush();
    } catch (IOException e) {
      LOG.debug("The guardian is gone, its watch starts another: {}", e.getMessage());
    }
  }

  /** The end of this process is intended from here on: the guardian then does nothing. */
  public synchronized void planned() {
    ending = true;
    write("PLANNED");
  }

  /** Its process, for status. */
  public synchronized long pid() {
    return process.pid();
  }

  /**
   * Ends the guardian and waits for it: without {@link #planned} it cleans up now, as if this
   * process had died.
   *
   * @throws IOException if it does not end within {@link #longest}
   */
  @Override
  public void close() throws IOException {
    Process last;
    Duration patience;
    synchronized (this) {
      ending = true;
      last = process;
      long units = registrations.stream().filter(line -> line.startsWith("UNIT")).count();
      patience = longest(systemctl, end, (int) units);
      pipe.close();
    }
    try {
      if (!last.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("the guardian, process " + last.pid() + ", still works; see " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the guardian ends", e);
    }
  }
}

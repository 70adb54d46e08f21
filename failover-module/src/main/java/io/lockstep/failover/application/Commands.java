package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Runs an application's commands, of one step one at a time, inside its process group: in {@code
 * /}, in a session of their own (a signal to the agent's terminal is not theirs), input from {@code
 * /dev/null}, output into the log.
 */
final class Commands implements CommandRunner {
  /** Of the agent's environment: what its service manager means for the agent alone. */
  private static final List<String> PRIVATE =
      List.of(
          "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "MAINPID");

  private static final Duration DRAIN = Duration.ofSeconds(1);

  private final Supplier<ApplicationSpec> spec;
  private final ProcessGroup group;
  private final Path logDirectory;
  private final RotatingLog log;
  private final Map<String, OutputPipe> pipes = new HashMap<>();
  private final Set<Kind> banned = EnumSet.noneOf(Kind.class);
  private final Map<Process, Kind> running = new HashMap<>();

  Commands(
      Supplier<ApplicationSpec> spec, ProcessGroup group, Path logDirectory, LogLimits limits) {
    this.spec = spec;
    this.group = group;
    this.logDirectory = logDirectory;
    this.log =
        new RotatingLog(
            logDirectory.resolve(spec.get().name() + ".log"), limits, Clock.systemUTC());
  }

  @Override
  public Result run(Kind kind, String line, Duration timeout)
      throws IOException, InterruptedException {
    return run(kind, "", group, line, timeout);
  }

  @Override
  public Result run(Kind kind, String step, ProcessGroup within, String line, Duration timeout)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    OutputPipe pipe = pipe(kind, step);
    pipe.begin();
    Process process = launch(kind, within, line, pipe);
    if (process == null) {
      return new Result(kind, false, -1, Duration.ZERO, List.of("cancelled: it is being stopped"));
    }
    boolean ended = false;
    try {
      ended = process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (!ended) {
        killTree(process);
      }
      synchronized (this) {
        running.remove(process);
      }
    }
    Duration took = ended ? Duration.ofNanos(System.nanoTime() - begin) : timeout;
    List<String> lines = pipe.drain(DRAIN);
    return new Result(kind, !ended, ended ? process.exitValue() : -1, took, lines);
  }

  /** Null if the kind was cancelled. */
  private synchronized Process launch(Kind kind, ProcessGroup within, String line, OutputPipe pipe)
      throws IOException {
    if (banned.contains(kind)) {
      return null;
    }
    List<String> command = new ArrayList<>(List.of("setsid", "--wait", "/bin/sh", "-c", line));
    ProcessBuilder builder =
        new ProcessBuilder(within.enclose(command))
            .directory(Path.of("/").toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(pipe.target());
    builder.environment().keySet().removeAll(PRIVATE);
    builder.environment().putAll(spec.get().environment());
    Process process = builder.start();
    running.put(process, kind);
    return process;
  }

  @Override
  public synchronized void cancel(Kind... kinds) {
    banned.addAll(List.of(kinds));
    running.forEach(
        (process, kind) -> {
          if (banned.contains(kind)) {
            killTree(process);
          }
        });
  }

  @Override
  public void limit(LogLimits limits) {
    log.limit(limits);
  }

  @Override
  public synchronized void allow() {
    banned.clear();
  }

  private static void killTree(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** One for each kind and step: what a step left running goes on writing into its own. */
  private synchronized OutputPipe pipe(Kind kind, String step) throws IOException {
    String source = step.isEmpty() ? kind.word() : kind.word() + " " + step;
    OutputPipe pipe = pipes.get(source);
    if (pipe == null) {
      Files.createDirectories(logDirectory);
      String name = "." + spec.get().name() + "." + source.replace(' ', '.') + ".pipe";
      pipe = new OutputPipe(source, logDirectory.resolve(name), log);
      pipes.put(source, pipe);
    }
    return pipe;
  }

  /** Closes log and pipes; whoever still writes gets a broken pipe. */
  @Override
  public synchronized void close() throws IOException {
    for (OutputPipe pipe : pipes.values()) {
      pipe.close();
    }
    pipes.clear();
    log.close();
  }
}

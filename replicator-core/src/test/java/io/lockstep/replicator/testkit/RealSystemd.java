package io.lockstep.replicator.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A systemd of the test's own: process 1 of namespaces that it makes, over a control group of its
 * own, with no units but those that the test gives it. What is changed in {@code /etc}, {@code
 * /run} and {@code /usr/local} there is in memory and gone with it; all else is the machine's.
 */
public final class RealSystemd implements AutoCloseable {
  private static final String TARGET = "test.target";
  private static final long PATIENCE_NS = Duration.ofSeconds(30).toNanos();

  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/lib/systemd/systemd"), Path.of("/lib/systemd/systemd"));

  /**
   * Arguments: its control group, its directory, the program. A generator or a unit of the
   * machine's would act on what the machine has, so it is shown none; and nothing of the kernel can
   * be set.
   */
  private static final String BOOT =
      """
      #!/bin/bash
      echo $BASHPID > "$1/cgroup.procs" || exit 1
      exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child=KILL --mount-proc \\
        bash -e -c '
          umount -R /sys/fs/cgroup 2>/dev/null || true
          mount -t cgroup2 cgroup2 /sys/fs/cgroup
          mount -t tmpfs tmpfs /run
          for over in /etc /usr/local; do
            mkdir -p /run/over$over/upper /run/over$over/work
            mount -t overlay overlay $over \\
              -o lowerdir=$over,upperdir=/run/over$over/upper,workdir=/run/over$over/work
          done
          rm -rf /etc/systemd
          mount --bind /proc/sys /proc/sys
          mount -o remount,ro,bind /proc/sys
          hostname systemd-of-a-test
          if [ -e "$1/before" ]; then . "$1/before"; fi
          exec env -i container=test PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
            SYSTEMD_UNIT_PATH="$1/units" SYSTEMD_GENERATOR_PATH="$1/none" \\
            "$2" --system --unit=%s --log-target=null --show-status=0
        ' systemd "$2" "$3"
      """
          .formatted(TARGET);

  private static final String CALL =
      """
      #!/bin/sh
      exec nsenter --mount --pid --target=%d -- %s "$@"
      """;

  private final Path directory;
  private final Path group;
  private Process process;
  private long pid;

  private RealSystemd(Path directory, Path group) {
    this.directory = directory;
    this.group = group;
  }

  /** Why none can be booted on this machine; empty if one can. */
  public static Optional<String> hindrance() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("not root");
    }
    if (program().isEmpty()) {
      return Optional.of("no systemd is installed");
    }
    return hierarchy().isEmpty() ? Optional.of("no cgroup2 hierarchy") : Optional.empty();
  }

  private static Optional<Path> program() {
    return PROGRAMS.stream().filter(Files::isExecutable).findFirst();
  }

  /** Where a cgroup2 hierarchy is mounted. */
  private static Optional<Path> hierarchy() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return mounts
          .filter(line -> line.contains(" - cgroup2 "))
          .map(line -> Path.of(line.split(" ")[4]))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Boots one without any unit that runs.
   *
   * @param directory made; its units, and {@code before}, shell that runs in its namespaces before
   *     it, if that is there already
   * @param around words of a command that runs it, such as {@code nsenter --net=PATH}; or none
   */
  public static RealSystemd boot(Path directory, String... around) throws Exception {
    Path units = Files.createDirectories(directory.resolve("units"));
    for (String target : List.of(TARGET, "sysinit.target", "basic.target", "shutdown.target")) {
      Files.writeString(units.resolve(target), "[Unit]\nDefaultDependencies=no\n");
    }
    Path hierarchy = hierarchy().orElseThrow();
    Path group =
        Files.createDirectory(
            hierarchy.resolve("systemd-test-" + ProcessHandle.current().pid() + System.nanoTime()));
    RealSystemd systemd = new RealSystemd(directory, group);
    try {
      systemd.start(List.of(around));
    } catch (Exception e) {
      systemd.close();
      throw e;
    }
    return systemd;
  }

  private void start(List<String> around) throws Exception {
    File said = directory.resolve("boot.log").toFile();
    List<String> command = new ArrayList<>(around);
    command.add(script("boot", BOOT).toString());
    command.addAll(
        List.of(group.toString(), directory.toString(), program().orElseThrow().toString()));
    process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(said)
            .start();
    long end = System.nanoTime() + PATIENCE_NS;
    while (!running()) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("systemd does not run: " + Files.readString(said.toPath()));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private boolean running() throws Exception {
    Optional<ProcessHandle> first = process.children().findFirst();
    if (first.isEmpty()) {
      return false;
    }
    pid = first.get().pid();
    script("systemctl", CALL.formatted(pid, "systemctl"));
    script("in", CALL.formatted(pid, ""));
    return List.of("running", "degraded").contains(run("is-system-running"));
  }

  private Path script(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A program that asks it, in place of {@code /usr/bin/systemctl}. */
  public Path systemctl() {
    return directory.resolve("systemctl");
  }

  /** Makes or changes a unit, or, as {@code UNIT.d/NAME.conf}, what is added to one. */
  public void make(String name, String text) throws Exception {
    Path file = directory.resolve("units").resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent(), "in a directory"));
    Files.writeString(file, text);
    run("daemon-reload");
  }

  /** What {@code systemctl} answers to that. */
  public String run(String... words) throws Exception {
    return call(systemctl(), words);
  }

  /** What a command says that runs in its namespaces, as a command of its machine. */
  public String within(String... words) throws Exception {
    return call(directory.resolve("in"), words);
  }

  /** A property of a unit. */
  public String property(String unit, String name) throws Exception {
    return run("show", "--value", "--property=" + name, "--", unit);
  }

  /** The processes of a unit, as the machine numbers them, those of its children too. */
  public List<Long> processes(String unit) throws IOException {
    Path there = group.resolve("system.slice").resolve(unit).resolve("cgroup.procs");
    if (!Files.exists(there)) {
      return List.of();
    }
    return Files.readAllLines(there).stream().map(Long::valueOf).toList();
  }

  private static String call(Path program, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(words));
    Process asked =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    asked.waitFor();
    return said.strip();
  }

  /** Ends it with everything that it runs. */
  @Override
  public void close() throws Exception {
    if (process != null) {
      process.children().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    long end = System.nanoTime() + PATIENCE_NS;
    while (!removed()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("processes are left in " + group);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private boolean removed() throws IOException {
    try (Stream<Path> below = Files.walk(group)) {
      below
          .filter(Files::isDirectory)
          .sorted(Comparator.reverseOrder())
          .forEach(one -> one.toFile().delete());
    }
    return !Files.exists(group);
  }
}

package io.lockstep.demo.endurance;

import static io.lockstep.demo.topology.Shell.quote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Loads the mount for a while: stress-ng's stressors of files, names and attributes, one kind after
 * another, and beside them fio, which writes at random places and reads everything back by
 * checksum.
 */
final class Stressors {
  /** Those of stress-ng's file and file system classes that need nothing but a directory. */
  private static final List<String> KINDS =
      List.of(
          "access",
          "chdir",
          "chmod",
          "chown",
          "copy-file",
          "dentry",
          "dir",
          "dirdeep",
          "dirmany",
          "fallocate",
          "fcntl",
          "filename",
          "flock",
          "fpunch",
          "fstat",
          "getdent",
          "hdd",
          "iomix",
          "link",
          "lockf",
          "lockofd",
          "mknod",
          "open",
          "rename",
          "seek",
          "symlink",
          "sync-file",
          "touch",
          "utime",
          "xattr");

  private static final int SECONDS_A_KIND = 4;
  private static final long PATIENCE_S = 300;

  /** stress-ng says so when a kind cannot be done here; it is then left out, not failed. */
  private static final List<Integer> NOT_HERE = List.of(3, 4);

  private final Path place;
  private final Path logs;
  private int next;

  /** In directories of its own in {@code place}; output goes to files in {@code logs}. */
  Stressors(Path place, Path logs) {
    this.place = place;
    this.logs = logs;
  }

  /** The programs that it needs. */
  static List<String> commands() {
    return List.of("stress-ng", "fio");
  }

  /** How many rounds of so many seconds have seen every kind. */
  static int roundsForAll(int seconds) {
    return (KINDS.size() * SECONDS_A_KIND + seconds - 1) / seconds;
  }

  /** Runs for about so many seconds, until everything has ended; returns what went wrong. */
  List<String> run(int seconds) throws IOException {
    List<String> wrong = new ArrayList<>();
    Path files = Files.createDirectories(place.resolve("fio"));
    Process fio =
        start(
            "fio",
            """
            fio --name=verify --directory=%s --rw=randwrite --bsrange=512-64k --size=24m --numjobs=2 --ioengine=psync \
              --fsync=64 --verify=crc32c --verify_fatal=1 --verify_backlog=512 --runtime=%d --time_based --group_reporting
            """
                .formatted(quote(files.toString()), seconds));
    try {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() < until) {
        stress(KINDS.get(next++ % KINDS.size()), wrong);
      }
      end("fio", fio, wrong);
    } finally {
      kill(fio);
    }
    return wrong;
  }

  private void stress(String kind, List<String> wrong) throws IOException {
    Path files = Files.createDirectories(place.resolve("stress"));
    Process process =
        start(
            kind,
            "stress-ng --%s 2 --timeout %d --temp-path %s --verify --hdd-bytes 16M --fallocate-bytes 16M --iomix-bytes 16M"
                .formatted(kind, SECONDS_A_KIND, quote(files.toString())));
    try {
      end(kind, process, wrong);
    } finally {
      kill(process);
    }
  }

  private Process start(String name, String script) throws IOException {
    return new ProcessBuilder("bash", "-c", "exec " + script.strip())
        .directory(logs.toFile()) // fio leaves a file of its state where it runs
        .redirectErrorStream(true)
        .redirectOutput(logs.resolve(name + ".log").toFile())
        .start();
  }

  private void end(String name, Process process, List<String> wrong) throws IOException {
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        wrong.add(name + " does not end");
      } else if (process.exitValue() != 0 && !NOT_HERE.contains(process.exitValue())) {
        wrong.add("%s ended with %d: %s".formatted(name, process.exitValue(), said(name)));
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private String said(String name) throws IOException {
    String all = Files.readString(logs.resolve(name + ".log"), StandardCharsets.ISO_8859_1).strip();
    return all.substring(Math.max(0, all.length() - 1500));
  }
}

package io.lockstep.demo.bench;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The application of a matrix of faults, in shell because that starts in milliseconds: three
 * processes that append, create, rename, truncate, link and remove without pause on whichever node
 * serves, sync now and then, and note outside both nodes what the file system has acknowledged to
 * them.
 *
 * <p>A line of a process's notes is {@code w N} (record N is appended), {@code r N} (a file of N
 * was written under another name and renamed) or {@code d N} (it was removed again); it is written
 * after the operation returned and before the next begins.
 */
public final class Recorders {
  private static final int PROCESSES = 3;
  private static final String DIRECTORY = "recorded";

  private final Path home;
  private final Path notes;
  private final Path pause;

  private Recorders(Path home) {
    this.home = home;
    this.notes = home.resolve("notes");
    this.pause = home.resolve("pause");
  }

  /** Writes the application's commands into {@code home}; {@link #configuration} names them. */
  public static Recorders write(Path home) throws IOException {
    Recorders recorders = new Recorders(Files.createDirectories(home));
    Files.createDirectories(recorders.notes);
    script(home.resolve("recorder"), RECORDER);
    return recorders;
  }

  /** Writes the start command, which has to know which node is which. */
  public void writeStart(Path directoryA, Path directoryB) throws IOException {
    script(
        home.resolve("start"),
        """
        #!/bin/bash
        case $(ip netns identify $$) in
          *-a) node=a; dir=%s ;;
          *-b) node=b; dir=%s ;;
          *) exit 1 ;;
        esac
        home=%s
        [ -e $home/unstartable-$node ] && { echo "no licence on $node" >&2; exit 3; }
        run=$node-$(date +%%s%%N)
        : >$home/running-$node
        for index in $(seq %d); do
          %s "$dir/%s" %s "$run-$index" %s </dev/null >/dev/null 2>&1 &
          echo $! >>$home/running-$node
        done
        """
            .formatted(
                quote(directoryA.toString()),
                quote(directoryB.toString()),
                quote(home.toString()),
                PROCESSES,
                quote(home.resolve("recorder").toString()),
                DIRECTORY,
                quote(notes.toString()),
                quote(pause.toString())));
    script(home.resolve("stop"), "#!/bin/bash\nexit 0\n");
    script(
        home.resolve("check"),
        """
        #!/bin/bash
        node=$(ip netns identify $$)
        kill -0 $(cat %s/running-${node##*-})
        """
            .formatted(quote(home.toString())));
  }

  /** The same with supervision: a process that ends is noticed, and the application restarted. */
  public String supervised() {
    return configuration()
        + """
              check: {run: "%1$s/check", every: 500ms, timeout: 5s, failures: 2}
              restarts: {max: 1, within: 5s, then: switchover}
        """
            .formatted(home);
  }

  /** Kills the application's processes on a node, as if each had crashed. */
  public void kill(DemoNode node) {
    Bench.shell("kill -KILL $(cat \"$0\")", home.resolve("running-" + letter(node)));
  }

  /** From now on the application starts on that node, or does not. */
  public void startable(DemoNode node, boolean startable) throws IOException {
    Path flag = home.resolve("unstartable-" + letter(node));
    if (startable) {
      Files.deleteIfExists(flag);
    } else {
      Files.writeString(flag, "");
    }
  }

  private static String letter(DemoNode node) {
    return node.name().substring(node.name().length() - 1);
  }

  /** The YAML that makes these the module's application. */
  public String configuration() {
    return """
        modules:
          desk:
            application:
              start: {run: "%1$s/start", timeout: 20s}
              stop: {run: "%1$s/stop", timeout: 5s, thenKill: true}
        """
        .formatted(home);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static final String RECORDER =
      """
      #!/bin/bash
      dir=$1 run=$3 pause=$4 n=0
      exec 5>>"$2/$run"
      exec 6<> <(:)
      rest() { read -t "$1" -u 6; }
      until mkdir -p "$dir"; do rest 0.1; done
      while :; do
        while [ -e "$pause" ]; do rest 0.05; done
        n=$((n + 1))
        until printf '%d\\n' $n >>"$dir/$run.log"; do rest 0.05; done
        printf 'w %d\\n' $n >&5
        if ((n % 7 == 0)); then
          until printf '%d\\n' $n >"$dir/$run.new" && mv -f "$dir/$run.new" "$dir/$run-$n"; do rest 0.05; done
          printf 'r %d\\n' $n >&5
        fi
        if ((n % 21 == 0)); then
          gone=$((n - 14))
          until rm -f "$dir/$run-$gone"; do rest 0.05; done
          printf 'd %d\\n' $gone >&5
        fi
        ((n % 11 == 0)) && sync "$dir/$run.log"
        ((n % 50 == 0)) && : >"$dir/$run.scratch"
        ((n % 50 == 25)) && head -c 20000 /dev/zero >>"$dir/$run.scratch"
        ((n % 60 == 0)) && { ln -f "$dir/$run.scratch" "$dir/$run.alias"; chmod 640 "$dir/$run.alias"; }
        ((n % 80 == 0)) && { mkdir -p "$dir/$run.d/x"; mv "$dir/$run.d" "$dir/$run.e"; rm -rf "$dir/$run.e"; }
        rest 0.01
      done
      """;

  /** Lets the processes rest after what they are at; returns when nothing is noted any more. */
  public void rest() throws IOException {
    Files.writeString(pause, "");
    long before = -1;
    long now = acknowledged();
    while (now != before) {
      before = now;
      sleep(400);
      now = acknowledged();
    }
  }

  /** Lets them go on. */
  public void resume() throws IOException {
    Files.deleteIfExists(pause);
  }

  private static void sleep(long milliseconds) {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many operations were acknowledged so far. Does not throw while notes are written. */
  public long acknowledged() {
    try (Stream<Path> files = Files.list(notes)) {
      return files.mapToLong(Recorders::lines).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long lines(Path file) {
    try {
      // At most 4 bytes are cut off by a kill; counting newlines forgives that.
      byte[] bytes = Files.readAllBytes(file);
      long lines = 0;
      for (byte b : bytes) {
        lines += b == '\n' ? 1 : 0;
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Judges a node's tree by the notes of all runs so far. The processes rest.
   *
   * @return what is lost or out of order, in words; empty if nothing is
   */
  public List<String> judge(Path tree) throws IOException {
    return judge(List.of(tree));
  }

  /** The same where each process's work may be in any of several trees, but whole in one. */
  public List<String> judge(List<Path> trees) throws IOException {
    List<String> findings = new ArrayList<>();
    try (Stream<Path> files = Files.list(notes)) {
      for (Path file : files.sorted().toList()) {
        List<String> best = null;
        for (Path tree : trees) {
          List<String> here = new ArrayList<>();
          judge(tree.resolve(DIRECTORY), file, here);
          best = best == null || here.size() < best.size() ? here : best;
        }
        findings.addAll(best == null ? List.of("no tree to judge") : best);
      }
    }
    return findings;
  }

  /** The size of all notes in bytes; grows with each acknowledged operation. */
  public long noted() {
    try (Stream<Path> files = Files.list(notes)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void judge(Path directory, Path file, List<String> findings) throws IOException {
    String run = file.getFileName().toString();
    long appended = 0;
    Map<Long, Boolean> there = new TreeMap<>();
    for (String line : wholeLines(file)) {
      long number = Long.parseLong(line.substring(2));
      switch (line.charAt(0)) {
        case 'w' -> appended = Math.max(appended, number);
        case 'r' -> there.put(number, true);
        case 'd' -> there.put(number, false);
        default -> throw new IOException("a note that nobody wrote: " + line);
      }
    }
    Path log = directory.resolve(run + ".log");
    Set<Long> present =
        Files.exists(log)
            ? wholeLines(log).stream().map(Long::parseLong).collect(Collectors.toSet())
            : new HashSet<>();
    for (long number = 1; number <= appended; number++) {
      if (!present.contains(number)) {
        findings.add(
            "%s: record %d of %d acknowledged is missing".formatted(run, number, appended));
      }
    }
    long highest = present.stream().mapToLong(Long::longValue).max().orElse(0);
    if (highest > appended + 1) {
      findings.add("%s: record %d is there and %d was the last".formatted(run, highest, appended));
    }
    long last = appended;
    there.forEach(
        (number, expected) -> {
          // The removal that was under way when the process died may have happened.
          boolean sure = !expected || !isDue(number, last);
          if (sure && Files.exists(directory.resolve(run + "-" + number)) != expected) {
            findings.add(
                "%s: file %d should %sbe there".formatted(run, number, expected ? "" : "not "));
          }
        });
  }

  /** Whether the process may have begun to remove the file of {@code number}. */
  private static boolean isDue(long number, long last) {
    return (number + 14) % 21 == 0 && last >= number + 14;
  }

  private static List<String> wholeLines(Path file) throws IOException {
    String text = Files.readString(file);
    int end = text.lastIndexOf('\n');
    return end < 0 ? List.of() : text.substring(0, end).lines().toList();
  }

  /** Lets the processes rest at once, whatever they are at. */
  public void restNow() throws IOException {
    Files.writeString(pause, "");
  }

  /** Waits until operations are acknowledged again, now that something serves. */
  public void awaitProgress(Bench bench, java.time.Duration atMost) {
    long before = acknowledged();
    bench.cluster().await("an acknowledged operation", atMost, () -> acknowledged() > before);
  }
}

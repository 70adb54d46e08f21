package io.lockstep.platform.linux.rehearsal;

import io.lockstep.platform.linux.mount.MountTable;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Places made by a bash script, {@code place.sh}, that is their first process: namespaces, and an
 * overlay over everything that is mounted. The mounts are the place's own, so that nothing has to
 * be unmounted, and end with its first process, which ends with this one.
 */
public final class LinuxRehearsals implements Rehearsals {
  private static final String SCRIPT = "place.sh";

  /** Killed processes may wait for a disk. */
  private static final long DEATH_NS = TimeUnit.SECONDS.toNanos(10);

  private static final long LOOK_MS = 5;

  @Override
  public Rehearsal open(Plan plan, ProcessGroup group) throws IOException, InterruptedException {
    Files.createDirectories(plan.work());
    Place place = null;
    try {
      place = Place.make(group, group.enclose(words(plan)), plan);
      return place;
    } finally {
      if (place == null) {
        clear(plan.work(), group);
      }
    }
  }

  private static List<String> words(Plan plan) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--net",
                "--pid",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
                "bash",
                "-c",
                script(),
                SCRIPT,
                plan.work().toString(),
                Long.toString(plan.elsewhereBytes())));
    for (Path directory : plan.directories()) {
      words.addAll(List.of("--directory", directory.toString()));
    }
    for (VirtualAddress a : plan.addresses()) {
      words.addAll(
          List.of(
              "--address",
              a.address().getHostAddress() + "/" + a.prefixBits(),
              a.networkInterface()));
    }
    return words;
  }

  private static String script() throws IOException {
    try (InputStream in = LinuxRehearsals.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new IOException(SCRIPT + " is missing in the jar: the build is incomplete");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void clear(Path work, ProcessGroup group) throws IOException, InterruptedException {
    end(group);
    remove(work);
  }

  /** Kills the group until it is empty, then removes what held it together. */
  static void end(ProcessGroup group) throws IOException, InterruptedException {
    long endNs = System.nanoTime() + DEATH_NS;
    while (!group.empty()) {
      group.kill();
      if (System.nanoTime() - endNs > 0) {
        throw new IOException(
            "processes of the drill are left in "
                + group.handle()
                + ": they wait in the kernel, for a disk as a rule");
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    Files.deleteIfExists(Path.of(group.handle()));
  }

  /**
   * By a command: names of any bytes may be there. Never through a mount, which would lead to what
   * is real.
   */
  static void remove(Path work) throws IOException, InterruptedException {
    if (!Files.exists(work)) {
      return;
    }
    if (!MountTable.read().below(work).isEmpty()) {
      throw new IOException("something is mounted below " + work + ": unmount it");
    }
    String said = run("rm", "-rf", "--one-file-system", "--", work.toString());
    if (Files.exists(work)) {
      throw new IOException("cannot remove " + work + ": " + said);
    }
  }

  /** Everything that the command said. */
  static String run(String... words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said;
    try (InputStream in = process.getInputStream()) {
      said = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    process.waitFor();
    return said;
  }
}

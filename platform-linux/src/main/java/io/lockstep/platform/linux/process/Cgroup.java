package io.lockstep.platform.linux.process;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** One control group and the groups that its processes may have made below it. */
final class Cgroup implements ProcessGroup {
  /**
   * The shell enters the group before it becomes the command: no process of the command ever runs
   * outside. Its message names the group when that fails. An empty group may have been removed by
   * whoever tidies up the hierarchy: it is made again.
   */
  private static final String ENTER =
      "mkdir -p \"$0\"; echo $$ > \"$0\"/cgroup.procs || { echo \"can not enter the control group"
          + " $0\" >&2; exit 125; }; exec \"$@\"";

  private static final int SIGKILL = 9;

  /** How often the list of processes is read again without cgroup.kill: forks race with it. */
  private static final int ROUNDS = 100;

  private final Path directory;

  Cgroup(Path directory) {
    this.directory = directory;
  }

  @Override
  public List<String> enclose(List<String> command) {
    List<String> enclosed = new ArrayList<>(List.of("/bin/sh", "-c", ENTER, handle()));
    enclosed.addAll(command);
    return enclosed;
  }

  /** Made when the first command enters it. */
  @Override
  public ProcessGroup part(String name) throws IOException {
    Cgroups.checkName(name);
    return new Cgroup(directory.resolve("step-" + name));
  }

  @Override
  public boolean empty() throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    for (String line : Files.readAllLines(directory.resolve("cgroup.events"))) {
      if (line.startsWith("populated ")) {
        return line.endsWith(" 0");
      }
    }
    throw new IOException(directory + "/cgroup.events tells nothing: is it a control group?");
  }

  @Override
  public void kill() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Path kill = directory.resolve("cgroup.kill");
    if (Files.exists(kill)) {
      Files.writeString(kill, "1", StandardOpenOption.WRITE);
    } else {
      killEach();
    }
  }

  /** Before Linux 5.14: kills who is listed until nobody new is. */
  void killEach() throws IOException {
    List<Long> killed = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      List<Long> found = processes();
      found.removeAll(killed);
      if (found.isEmpty()) {
        return;
      }
      for (long process : found) {
        int errno = Libc.errno(Libc.kill((int) process, SIGKILL));
        if (errno == Errno.EPERM) {
          throw new IOException("may not kill process " + process + " of " + directory);
        }
      }
      killed.addAll(found);
    }
    throw new IOException(
        "processes of " + directory + " fork faster than they can be killed: freeze the group");
  }

  @Override
  public Set<String> processNames() throws IOException {
    Set<String> names = new HashSet<>();
    for (long process : Files.exists(directory) ? processes() : List.<Long>of()) {
      try {
        names.add(Files.readString(Path.of("/proc", Long.toString(process), "comm")).strip());
      } catch (IOException e) {
        // ended since it was listed
      }
    }
    return names;
  }

  private List<Long> processes() throws IOException {
    List<Long> found = new ArrayList<>();
    try (Stream<Path> groups = Files.walk(directory)) {
      for (Path group : (Iterable<Path>) groups.filter(Files::isDirectory)::iterator) {
        for (String line : Files.readAllLines(group.resolve("cgroup.procs"))) {
          found.add(Long.parseLong(line));
        }
      }
    }
    return found;
  }

  @Override
  public String handle() {
    return directory.toString();
  }
}

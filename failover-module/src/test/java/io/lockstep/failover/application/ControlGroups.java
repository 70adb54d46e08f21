package io.lockstep.failover.application;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** Real control groups of version 2, of the test's own; taken away when closed. */
public final class ControlGroups implements ProcessGroups, AutoCloseable {
  private final Path top;
  private final List<Path> made = new CopyOnWriteArrayList<>();

  /** Makes a group under {@code hierarchy}. */
  public ControlGroups(Path hierarchy) throws IOException {
    top = Files.createDirectory(hierarchy.resolve("lockstep-test-" + UUID.randomUUID()));
    made.add(top);
  }

  /** For a test that is skipped where there are none. */
  static ControlGroups orSkip() throws IOException {
    Optional<Path> hierarchy = hierarchy();
    assumeTrue(hierarchy.isPresent(), "no writable cgroup2 hierarchy, or not root");
    return new ControlGroups(hierarchy.get());
  }

  /** Where version 2 is mounted, if this process may make groups there. */
  public static Optional<Path> hierarchy() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (line.contains(" - cgroup2 ")) {
        return Optional.of(Path.of(line.split(" ")[4])).filter(Files::isWritable);
      }
    }
    return Optional.empty();
  }

  @Override
  public ProcessGroup group(String name) throws IOException {
    Path directory = Files.createDirectories(top.resolve(name));
    made.add(0, directory);
    return new Group(directory);
  }

  private final class Group implements ProcessGroup {
    private final Path directory;

    private Group(Path directory) {
      this.directory = directory;
    }

    @Override
    public ProcessGroup part(String name) throws IOException {
      Path part = directory.resolve(name);
      if (Files.notExists(part)) {
        made.add(0, Files.createDirectory(part));
      }
      return new Group(part);
    }

    @Override
    public List<String> enclose(List<String> command) {
      String enter = "echo $$ > \"$0\"/cgroup.procs && exec \"$@\"";
      List<String> enclosed =
          new ArrayList<>(List.of("/bin/sh", "-c", enter, directory.toString()));
      enclosed.addAll(command);
      return enclosed;
    }

    @Override
    public boolean empty() throws IOException {
      return Files.readString(directory.resolve("cgroup.events")).contains("populated 0");
    }

    @Override
    public void kill() throws IOException {
      Files.writeString(directory.resolve("cgroup.kill"), "1");
    }

    @Override
    public String handle() {
      return directory.toString();
    }
  }

  @Override
  public void close() throws IOException {
    Files.writeString(top.resolve("cgroup.kill"), "1");
    Awaitility.await()
        .until(() -> Files.readString(top.resolve("cgroup.events")).contains("populated 0"));
    for (Path directory : made) {
      Files.deleteIfExists(directory);
    }
  }
}

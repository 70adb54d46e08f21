package io.lockstep.failover.application;

import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Process groups without control groups: a process belongs to the group whose mark is in its
 * environment, which children inherit.
 */
final class PlainGroups implements ProcessGroups {
  private final String mark = "TEST_GROUP=" + UUID.randomUUID();

  @Override
  public ProcessGroup group(String name) {
    return new Marked(List.of(mark));
  }

  private static final class Marked implements ProcessGroup {
    private final List<String> marks;

    private Marked(List<String> marks) {
      this.marks = marks;
    }

    @Override
    public ProcessGroup part(String name) {
      return new Marked(Stream.concat(marks.stream(), Stream.of("TEST_PART=" + name)).toList());
    }

    @Override
    public List<String> enclose(List<String> command) {
      return Stream.of(List.of("env"), marks, command).flatMap(List::stream).toList();
    }

    @Override
    public boolean empty() {
      return members().isEmpty();
    }

    @Override
    public void kill() {
      members().forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public String handle() {
      return String.join(" ", marks);
    }

    private List<ProcessHandle> members() {
      return ProcessHandle.allProcesses().filter(this::marked).toList();
    }

    private boolean marked(ProcessHandle process) {
      try {
        Path environment = Path.of("/proc/" + process.pid() + "/environ");
        return List.of(Files.readString(environment, StandardCharsets.ISO_8859_1).split("\0"))
            .containsAll(marks);
      } catch (IOException e) {
        return false;
      }
    }
  }
}

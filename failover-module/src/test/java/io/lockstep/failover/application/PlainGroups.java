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
    return new ProcessGroup() {
      @Override
      public List<String> enclose(List<String> command) {
        return Stream.concat(Stream.of("env", mark), command.stream()).toList();
      }

      @Override
      public boolean empty() throws IOException {
        return members().isEmpty();
      }

      @Override
      public void kill() throws IOException {
        members().forEach(ProcessHandle::destroyForcibly);
      }

      @Override
      public String handle() {
        return mark;
      }
    };
  }

  private List<ProcessHandle> members() throws IOException {
    return ProcessHandle.allProcesses().filter(this::marked).toList();
  }

  private boolean marked(ProcessHandle process) {
    try {
      Path environment = Path.of("/proc/" + process.pid() + "/environ");
      return List.of(Files.readString(environment, StandardCharsets.ISO_8859_1).split("\0"))
          .contains(mark);
    } catch (IOException e) {
      return false;
    }
  }
}

package io.lockstep.replicator.journal;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that appends without end and prints each sequence once it is appended. */
final class AppendingChild {
  private AppendingChild() {}

  static JournalOptions options(Path directory) {
    return new JournalOptions(directory, 1 << 20, 1 << 30, 0);
  }

  static Process start(Path directory, Path output, int payload) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> each.startsWith("--add-"))
        .forEach(command::add);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(AppendingChild.class.getName());
    command.add(directory.toString());
    command.add(Integer.toString(payload));
    return new ProcessBuilder(command)
        .redirectOutput(output.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  public static void main(String[] arguments) throws IOException {
    int payload = Integer.parseInt(arguments[1]);
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(),
            new SystemDisk(),
            ChronicleAppender::new,
            options(Path.of(arguments[0])),
            0,
            false)) {
      for (long sequence = journal.lastSequence() + 1; ; sequence++) {
        Records.append(journal, sequence, sequence, payload);
        System.out.println("appended " + sequence);
        if (sequence % 500 == 0) {
          journal.force();
        }
      }
    }
  }
}

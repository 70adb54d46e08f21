package io.lockstep.platform.linux.rehearsal;

import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One place, held by its first process. */
final class Place implements Rehearsals.Rehearsal {
  private final ProcessGroup group;
  private final Rehearsals.Plan plan;
  private final Process holder;
  private final Namespaces namespaces;

  private Place(ProcessGroup group, Rehearsals.Plan plan, Process holder, Namespaces namespaces) {
    this.group = group;
    this.plan = plan;
    this.holder = holder;
    this.namespaces = namespaces;
  }

  /** Runs what makes it, until it is ready. */
  static Place make(ProcessGroup group, List<String> words, Rehearsals.Plan plan)
      throws IOException {
    Process holder = new ProcessBuilder(words).redirectErrorStream(true).start();
    boolean ready = false;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
      StringBuilder said = new StringBuilder();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals("READY")) {
          long first =
              holder
                  .children()
                  .findFirst()
                  .map(ProcessHandle::pid)
                  .orElseThrow(() -> new IOException("the drill's first process has ended"));
          Namespaces namespaces = Namespaces.of(first);
          ready = true;
          return new Place(group, plan, holder, namespaces);
        }
        said.append(said.isEmpty() ? "" : "; ").append(line);
      }
      throw new IOException("no place for a drill: " + said.toString().replace("FAILED ", ""));
    } finally {
      if (!ready) {
        holder.destroyForcibly();
      }
    }
  }

  @Override
  public ProcessGroup inside() {
    return new Inside();
  }

  @Override
  public long usedBytes() throws IOException {
    try {
      List<String> words = new ArrayList<>(List.of("du", "-sxcB1", "--"));
      IntStream.range(0, plan.directories().size())
          .mapToObj(i -> plan.work().resolve("directory-" + i).resolve("upper"))
          .filter(Files::exists)
          .map(Path::toString)
          .forEach(words::add);
      String said = LinuxRehearsals.run(words.toArray(String[]::new));
      return said.lines()
          .filter(line -> line.endsWith("\ttotal"))
          .map(line -> Long.parseLong(line.substring(0, line.indexOf('\t'))))
          .findFirst()
          .orElse(0L);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void discard() throws IOException, InterruptedException {
    holder.destroyForcibly();
    LinuxRehearsals.end(group);
    holder.waitFor();
    namespaces.close();
    LinuxRehearsals.remove(plan.work());
  }

  /** The group, whose commands enter the namespaces of the place's first process. */
  private final class Inside implements ProcessGroup {
    @Override
    public List<String> enclose(List<String> command) {
      List<String> entering = new ArrayList<>(namespaces.entering());
      entering.addAll(command);
      return group.enclose(entering);
    }

    @Override
    public boolean empty() throws IOException {
      return group.empty();
    }

    @Override
    public void kill() throws IOException {
      group.kill();
    }

    @Override
    public String handle() {
      return group.handle();
    }
  }
}

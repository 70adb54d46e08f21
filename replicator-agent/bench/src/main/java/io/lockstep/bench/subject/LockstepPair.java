package io.lockstep.bench.subject;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.demo.topology.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A pair of real agents in two network namespaces, held by {@code ./demo --hold}. What is done on
 * it counts only if it was PROTECTED all the time and both trees are equal afterwards.
 */
public final class LockstepPair implements Subject {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long WATCH_MS = 200;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process demo;
  private final Path first;
  private final Path second;
  private final Path firstPlain;
  private final Path secondPlain;
  private final Path view;
  private final JsonNode nodes;
  private Watch watch;

  /** Looks at the verdict from time to time until it is told to stop. */
  private final class Watch extends Thread {
    private final String generation;
    private volatile String problem;
    private volatile boolean over;

    Watch() throws IOException {
      super("protected?");
      setDaemon(true);
      JsonNode module = module();
      generation = module.path("generation").asText();
      look(module);
    }

    private void look(JsonNode module) {
      String word = module.path("verdict").path("word").asText();
      String now = module.path("generation").asText();
      if (!word.equals("PROTECTED")) {
        problem = module.path("verdict").path("text").asText();
      } else if (!now.equals(generation)) {
        problem = "the node served alone in between";
      }
    }

    @Override
    public void run() {
      try {
        while (!over && problem == null) {
          lookIfItAnswers();
          TimeUnit.MILLISECONDS.sleep(WATCH_MS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** An agent that is too busy to answer serves all the same: the generation tells at the end. */
    private void lookIfItAnswers() {
      try {
        look(module());
      } catch (IOException ignored) {
        // the next look tells
      }
    }
  }

  /**
   * Starts the pair on two directories below {@code home}.
   *
   * @param command the file of {@code ./demo}
   */
  public LockstepPair(Path home, Path command) throws IOException {
    first = BlockGroups.spread(home.resolve("nodes/a"));
    second = BlockGroups.spread(home.resolve("nodes/b"));
    view = Files.createDirectories(home.resolve("plain"));
    // What the file systems below hold, whatever is mounted over it later.
    Shell.run("mount", "--bind", home.resolve("nodes").toString(), view.toString());
    Shell.run("mount", "--make-private", view.toString());
    firstPlain = view.resolve("a");
    secondPlain = view.resolve("b");
    demo =
        new ProcessBuilder(
                command.toString(),
                "--hold",
                "--json",
                "--dir-a",
                first.toString(),
                "--dir-b",
                second.toString())
            .redirectError(home.resolve("demo.log").toFile())
            .start();
    try {
      nodes = JSON.readTree(firstLine(home)).path("nodes");
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private String firstLine(Path home) throws IOException {
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      if (line == null) {
        throw new IOException("the pair does not start: " + home.resolve("demo.log"));
      }
      return line;
    }
  }

  private JsonNode module() throws IOException {
    try {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(nodes.path(0).path("api").asText() + "/api/v1/status"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return JSON.readTree(answer.body()).path("modules").path(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** The process ids of both agents, the serving one first, for profilers. */
  public List<Long> agents() {
    return List.of(nodes.path(0).path("pid").asLong(), nodes.path(1).path("pid").asLong());
  }

  @Override
  public String name() {
    return "lockstep";
  }

  @Override
  public Path directory() {
    return first;
  }

  @Override
  public List<Path> lower() {
    return List.of(firstPlain, secondPlain);
  }

  @Override
  public void prove() throws IOException {
    MountPoint.require(first, "fuse.lockstep");
    if (!module().path("verdict").path("word").asText().equals("PROTECTED")) {
      throw new IOException("the pair is not PROTECTED: " + module().path("verdict"));
    }
    MountPoint.requireArrival(first, lower());
  }

  @Override
  public void begin() throws IOException {
    watch = new Watch();
    watch.start();
  }

  @Override
  public void end() throws IOException, InterruptedException {
    watch.over = true;
    watch.join();
    watch.look(module());
    if (watch.problem != null) {
      throw new IOException("it was not PROTECTED all the time: " + watch.problem);
    }
    List<String> differences = TreeComparison.differences(firstPlain, secondPlain);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!differences.isEmpty() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(200);
      differences = TreeComparison.differences(firstPlain, secondPlain);
    }
    if (!differences.isEmpty()) {
      throw new IOException("the trees differ afterwards: " + differences.get(0));
    }
  }

  @Override
  public void close() throws IOException {
    demo.destroy();
    try {
      if (!demo.waitFor(60, TimeUnit.SECONDS)) {
        demo.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Unmount.now(view);
  }
}

package io.lockstep.demo.auto;

import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.Application;
import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/** The scenarios of the story. Each begins protected with the preferred node serving. */
public final class Scenarios {
  /** The scenarios' names, in the order of the story. */
  public static final List<String> NAMES =
      List.of(
          "agent-killed",
          "primary-killed",
          "link-cut",
          "secondary-killed",
          "both-killed",
          "switchover",
          "switchback");

  /**
   * Six causes for which service moves or begins anew: what a database is put through while many
   * rows are entered. Each is played with the pair protected before it.
   */
  public static final List<String> CAUSES =
      List.of(
          "agent-killed",
          "primary-killed",
          "link-cut",
          "both-killed",
          "switchover",
          "application-failing");

  /** Everything that can be asked for by name. */
  public static final List<String> ALL =
      Stream.concat(NAMES.stream(), CAUSES.stream()).distinct().toList();

  private static final long KILLED_SECONDARY_STALL_MS = 1000;
  private static final long CUT_MARGIN_MS = 500;

  private final Stage stage;
  private final DemoCluster cluster;
  private final DemoNode a;
  private final DemoNode b;

  Scenarios(Stage stage) {
    this.stage = stage;
    this.cluster = stage.cluster();
    this.a = cluster.a();
    this.b = cluster.b();
  }

  /** One scenario's code. */
  @FunctionalInterface
  interface Scenario {
    void play(ScenarioResult result) throws IOException;
  }

  /** The scenario of that name. */
  Scenario named(String name) {
    return switch (name) {
      case "agent-killed" -> this::agentKilled;
      case "primary-killed" -> this::nodeKilled;
      case "link-cut" -> this::linkCut;
      case "secondary-killed" -> this::secondaryKilled;
      case "both-killed" -> this::bothKilled;
      case "switchover" -> this::switchover;
      case "switchback" -> this::switchback;
      case "application-failing" -> this::applicationFailing;
      default -> throw new IllegalArgumentException("no scenario is named " + name);
    };
  }

  private void agentKilled(ScenarioResult result) throws IOException {
    stage.underLoad(result, () -> killAgent(a));
    awaitService(b);
    stage.noteTakeover(result, b);
    stage.judge(result, b);
    stage.bringBack(result, a, () -> stage.start(a));
  }

  private static void killAgent(DemoNode node) {
    try {
      Shell.run("kill", "-KILL", Long.toString(node.agentPid()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void nodeKilled(ScenarioResult result) throws IOException {
    // As a power cut: the networks are silent before the first process dies.
    stage.underLoad(result, () -> a.perform(a.commands().cut() + " && " + a.commands().kill()));
    awaitService(b);
    stage.noteTakeover(result, b);
    stage.wipe(a);
    stage.judge(result, b);
    a.perform(a.commands().heal());
    stage.bringBack(result, a, () -> stage.start(a));
  }

  private void linkCut(ScenarioResult result) throws IOException {
    // What the node that is cut off acknowledges is the operator's to give up: nobody asks it to.
    stage.workload().keepRecordersAtRest(b.name(), true);
    try {
      cutAndDecide(result);
    } finally {
      stage.workload().keepRecordersAtRest(b.name(), false);
    }
  }

  private void cutAndDecide(ScenarioResult result) throws IOException {
    stage.underLoad(result, () -> b.perform(b.commands().cut()));
    stage.boundStall(result, stage.timings().ackTimeoutMs() + CUT_MARGIN_MS);
    cluster.await("a decision of the node that is cut off", stage.patience(), this::bDecided);
    boolean bothServe = b.api().status().filter(AgentApi.ModuleStatus::serves).isPresent();
    result.put("bothServed", bothServe);
    if (bothServe) {
      divergeOn(b);
    }
    stage.say().progress("  %s", cluster.describe());
    stage.judge(result, a);
    if (!bothServe) {
      stage.bringBack(result, b, () -> b.perform(b.commands().heal()));
      return;
    }
    b.perform(b.commands().heal());
    cluster.await("SPLIT on both nodes", stage.patience(), this::isSplit);
    stage.say().progress("  SPLIT; the operator keeps %s", a.name());
    stage.bringBack(result, b, () -> keep(a));
    stage.judge(result, a);
  }

  /** Whether the node that is cut off serves by itself, or has decided to wait. */
  private boolean bDecided() {
    return b.api()
        .status()
        .filter(status -> status.serves() || status.role().equals("WAITING"))
        .isPresent();
  }

  private boolean isSplit() {
    return cluster.nodes().stream()
        .allMatch(
            node ->
                node.api().status().filter(status -> status.word().equals("SPLIT")).isPresent());
  }

  /** A call taken by the desk that is cut off: only its own node can know it. */
  private static void divergeOn(DemoNode node) {
    Shell.run(
        "nsenter",
        "--net=/run/netns/" + node.network().namespace(),
        "bash",
        "-c",
        """
        for round in $(seq 200); do
          body='{"caller":99,"number":1,"text":"cut off"}'
          if exec 3<>/dev/tcp/$0/8080; then
            printf 'POST /calls HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n%s' ${#body} "$body" >&3
            read -t 5 -r line <&3 && [[ $line == *" 201 "* ]] && exit 0
          fi 2>/dev/null
          sleep 0.05
        done
        exit 1
        """,
        NodeNetwork.virtualIp(node.network().run()));
  }

  private void keep(DemoNode node) {
    try {
      node.api().keep(node.name());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void secondaryKilled(ScenarioResult result) throws IOException {
    stage.underLoad(result, () -> b.perform(b.commands().kill()));
    stage.boundStall(result, KILLED_SECONDARY_STALL_MS);
    stage.judge(result, a);
    stage.bringBack(result, b, () -> stage.start(b));
  }

  private void bothKilled(ScenarioResult result) throws IOException {
    stage.underLoad(
        result,
        () -> {
          Stage.atOnce(List.of(a.commands().kill(), b.commands().kill()));
          Stage.atOnce(List.of(a.commands().start(), b.commands().start()));
        });
    cluster.awaitProtected(stage.patience());
    stage.judge(result, cluster.serving().orElse(a));
    stage.compare(result);
  }

  private void switchover(ScenarioResult result) throws IOException {
    stage.moveUnderLoad(result, "switchover", b, AgentApi::switchover);
    stage.judge(result, b);
    stage.compare(result);
  }

  private void switchback(ScenarioResult result) throws IOException {
    if (cluster.serving().filter(a::equals).isPresent()) {
      a.api().switchover();
      awaitService(b);
      cluster.awaitProtected(stage.patience());
    }
    stage.moveUnderLoad(result, "switchback", a, AgentApi::switchback);
    stage.judge(result, a);
    stage.compare(result);
  }

  private void applicationFailing(ScenarioResult result) throws IOException {
    Application application = cluster.application().orElseThrow();
    try {
      stage.underLoad(
          result,
          () -> {
            try {
              application.fail(a.network());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            // Restarts in place come first, as many as the configuration allows.
            awaitService(b);
          });
    } finally {
      application.mend(a.network());
    }
    stage.noteTakeover(result, b);
    cluster.awaitProtected(stage.patience());
    stage.judge(result, b);
    stage.compare(result);
  }

  private void awaitService(DemoNode node) {
    cluster.await(
        "service on " + node.name(),
        stage.patience(),
        () -> node.api().status().filter(AgentApi.ModuleStatus::serves).isPresent());
  }
}

package io.lockstep.agent.api;

import io.lockstep.agent.api.ModuleStatus.HeldAddress;
import io.lockstep.agent.api.ModuleStatus.NodeRole;
import io.lockstep.agent.api.ModuleStatus.Reintegration;
import io.lockstep.agent.api.ModuleStatus.Step;
import io.lockstep.agent.api.ModuleStatus.Transition;
import io.lockstep.agent.api.ModuleStatus.Verdict;
import io.lockstep.agent.split.SplitReport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A node that serves away from its preferred place and plays a switchback when asked for one. */
public final class FakeNode implements NodeControl, AutoCloseable {
  private static final List<String> STEPS =
      List.of(
          "Refuse new operations",
          "Stop the application",
          "Drain the journal",
          "Step down durably",
          "Mount on desk-a",
          "Take the address",
          "Start the application");

  private final EventLog events = new EventLog(100, Clock.systemUTC());
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final long startedMs = System.currentTimeMillis() - 3_600_000;
  private volatile boolean home;
  private volatile Transition transition;
  private volatile Verdict verdict =
      new Verdict(
          "PROTECTED",
          "PROTECTED: desk-b serves, desk-a has every acknowledged modification",
          "switch back to desk-a, the preferred node, when convenient",
          startedMs);
  private volatile Reintegration reintegration;
  private volatile ModuleStatus.Drill drill;
  private volatile List<String> restartNeeded = List.of();
  private volatile List<GroupStatus> groups = List.of();
  private volatile SplitReport report;
  private volatile String diff = "";

  /** Every command called, in order. */
  public List<String> commands() {
    return commands;
  }

  /** Changes the verdict. */
  public void verdict(String word, String text, String next) {
    verdict = new Verdict(word, text, next, System.currentTimeMillis());
  }

  /** Modules that move together. */
  public void groups(GroupStatus... shown) {
    groups = List.of(shown);
  }

  /** What both sides of a split changed, and what differs in any file. */
  public void split(SplitReport sides, String difference) {
    report = sides;
    diff = difference;
  }

  /** Keys that wait for a restart. */
  public void restartNeeded(String... keys) {
    restartNeeded = List.of(keys);
  }

  /** Shows a reintegration that is part done. */
  public void reintegration(double percent) {
    reintegration =
        new Reintegration(
            "desk-b", "desk-a", percent, 734_003_200, 1_073_741_824, 812, 1200, 42_000);
  }

  @Override
  public NodeStatus status() {
    String serving = home ? "desk-a" : "desk-b";
    ModuleStatus desk =
        new ModuleStatus(
            "desk",
            verdict,
            List.of(
                new NodeRole("desk-a", home ? "PRIMARY" : "SECONDARY", "UP_TO_DATE", true),
                new NodeRole("desk-b", home ? "SECONDARY" : "PRIMARY", "UP_TO_DATE", true)),
            "desk-a",
            "3f0c9a52",
            482_113,
            482_110,
            481_900,
            12_288,
            3,
            new ModuleStatus.LinkStatus("CONNECTED", 91_226_112, 1_048_576),
            reintegration,
            new ModuleStatus.ApplicationStatus(
                serving.equals("desk-a") ? "RUNNING" : "STOPPED",
                "",
                List.of(
                    new ModuleStatus.CheckerStatus(
                        "ping 10.0.1.1", "BAD", "WAIT", 2, 3, 1_000, "no answer"))),
            List.of(
                new HeldAddress("10.0.1.50/24", home, home ? "seen from outside after 90 ms" : "")),
            List.of("/srv/desk"),
            List.of("tmp/**"),
            transition,
            false,
            drill);
    return new NodeStatus(
        "dispatch",
        "desk-a",
        "0.1.0",
        "ab12",
        true,
        restartNeeded,
        System.currentTimeMillis(),
        new NodeStatus.Peer("desk-b", true, 2, 2, "0.1.0", null),
        List.of(desk),
        groups);
  }

  @Override
  public EventLog events() {
    return events;
  }

  @Override
  public boolean serving(String module) {
    return home;
  }

  @Override
  public CommandResult start(String module, boolean force) {
    return called("start " + module + " force=" + force);
  }

  @Override
  public String forceWarning(String module) {
    return "desk-b was serving until 03:12:07; what it acknowledged since then may be lost";
  }

  @Override
  public CommandResult stop(String module) {
    return called("stop " + module);
  }

  @Override
  public CommandResult switchover(String module) {
    commands.add("switchover " + module);
    return CommandResult.refused("desk-a is not up to date; wait for the end of reintegration");
  }

  @Override
  public CommandResult switchback(String module) {
    commands.add("switchback " + module);
    long from = System.currentTimeMillis();
    events.add(Event.Level.INFO, module, "switchback to desk-a begins");
    for (int i = 0; i <= STEPS.size(); i++) {
      int done = i;
      var unused = timer.schedule(() -> play(module, from, done), 180L * i, TimeUnit.MILLISECONDS);
    }
    return CommandResult.ok("switchback of " + module + " to desk-a has begun");
  }

  private void play(String module, long fromMs, int done) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < STEPS.size(); i++) {
      String state = i < done ? "DONE" : i == done ? "RUNNING" : "PENDING";
      steps.add(new Step(STEPS.get(i), state, i < done ? 17 + 23L * i : 0));
    }
    boolean all = done == STEPS.size();
    long now = System.currentTimeMillis();
    transition =
        new Transition(
            "SWITCHBACK",
            "desk-b",
            "desk-a",
            fromMs,
            all ? now : 0,
            all,
            all ? "desk-a serves desk" : "",
            steps);
    if (all) {
      home = true;
      verdict(
          "PROTECTED", "PROTECTED: desk-a serves, desk-b has every acknowledged modification", "");
      events.add(Event.Level.INFO, module, "switchback done: desk-a serves");
    }
  }

  @Override
  public CommandResult pause(String module) {
    return called("pause " + module);
  }

  @Override
  public CommandResult resume(String module) {
    return called("resume " + module);
  }

  @Override
  public CommandResult resync(String module) {
    return called("resync " + module);
  }

  @Override
  public CommandResult drill(String module) {
    long now = System.currentTimeMillis();
    drill =
        new ModuleStatus.Drill(
            "desk-a",
            "an operator",
            "",
            now,
            now + 1,
            "GOOD",
            1_234,
            34,
            1_000,
            "Drill on desk-a: the application was up after 1234 ms");
    return called("drill " + module);
  }

  @Override
  public SplitControl split() {
    return new SplitControl() {
      @Override
      public CommandResult show(String module, int most, boolean json) {
        CommandResult plain = called("split-show " + module + " " + most + " " + json);
        return json && report != null ? CommandResult.ok(Answers.json(report)) : plain;
      }

      @Override
      public CommandResult diff(String module, String file, String proof) {
        CommandResult plain = called("split-diff " + module + " " + file + " " + proof);
        return diff.isEmpty() ? plain : CommandResult.ok(diff);
      }

      @Override
      public CommandResult quarantines(String module, String file, boolean json) {
        return called("split-list " + module + " " + file + " " + json);
      }

      @Override
      public CommandResult content(
          String module, String node, String id, String file, long offset, String proof) {
        return called("split-content " + String.join(" ", module, node, id, file) + " " + offset);
      }

      @Override
      public CommandResult discard(String module, String id) {
        return called("split-drop " + module + " " + id);
      }
    };
  }

  @Override
  public CommandResult splitKeep(String module, String node) {
    return called("split-keep " + module + " " + node);
  }

  @Override
  public CommandResult applyConfiguration(String yaml, boolean dryRun) {
    return called("apply " + yaml.length() + (dryRun ? " dry" : ""));
  }

  @Override
  public CommandResult removeModule(String module, RemovalWish wish) {
    commands.add(
        "remove %s force=%s clean=%s thisNode=%s"
            .formatted(module, wish.force(), wish.clean(), wish.thisNode()));
    return CommandResult.failed("the mount is in use by process 4711; stop it and try again");
  }

  @Override
  public CommandResult log(String module, int lines) {
    return called("log " + module + " " + lines);
  }

  private CommandResult called(String what) {
    commands.add(what);
    return CommandResult.ok("done: " + what);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

package io.lockstep.demo.crash;

import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Plays one case on a rig that is protected and under load, and leaves it so. */
final class Play {
  /** Service must be back within this, from the blow or from the restart of what died. */
  static final long BOUND_MS = Integer.getInteger("crash.bound", 20_000);

  private static final long ALONE_WORK_MS = 300;

  /**
   * More than what a return's last round may have left, whatever the application does meanwhile.
   */
  private static final int ALONE_BYTES = 256 << 10;

  private static final long FROZEN_MS = 4_000;
  private static final Duration OTHERS_CHANCE = Duration.ofSeconds(6);

  private final Rig rig;
  private final Case what;
  private final DemoNode serving;
  private final DemoNode peer;
  private final DemoNode victim;
  private final List<String> failures = new ArrayList<>();
  private long blowNs;
  private long serviceMs = -1;
  private long protectedMs = -1;

  private Play(Rig rig, Case what, DemoNode serving) {
    this.rig = rig;
    this.what = what;
    this.serving = serving;
    this.peer = rig.cluster().peerOf(serving);
    this.victim = what.stage().strikesServing() ? serving : peer;
  }

  /**
   * Plays the case.
   *
   * @throws IOException if the rig cannot be used any more, apart from what the outcome says
   */
  static Outcome of(Rig rig, Case what) throws IOException {
    rig.awaitProtected();
    DemoNode serving = rig.cluster().serving().orElseThrow(() -> new IOException("nobody serves"));
    return new Play(rig, what, serving).play();
  }

  private Outcome play() throws IOException {
    boolean reached = false;
    try {
      Thread operator = lead();
      reached = awaitReached();
      rig.control().disarm();
      recover(reached);
      if (operator != null) {
        operator.join(Rig.PATIENCE.toMillis());
      }
      failures.addAll(rig.judge());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failures.add("interrupted");
    } catch (IOException | RuntimeException e) {
      failures.add(String.valueOf(e.getMessage()));
    }
    return new Outcome(
        what.toString(), reached, rig.recorders().acknowledged(), serviceMs, protectedMs, failures);
  }

  /** Leads the pair to where the point is reached; returns whoever still waits for an answer. */
  private Thread lead() throws IOException {
    switch (what.stage()) {
      case SERVING, FOLLOWING -> arm();
      case GOING_ALONE -> {
        arm();
        rig.bench().killAgent(peer);
      }
      case ALONE -> {
        aloneForAWhile();
        arm();
      }
      case TAKEOVER -> {
        arm();
        rig.bench().killAgent(serving);
      }
      case RETURN_SOURCE, RETURN_TARGET -> {
        aloneForAWhile();
        arm();
        peer.perform(peer.commands().start());
      }
      case START -> {
        // operations that no checkpoint covers yet: there is something to replay
        rig.recorders().awaitProgress(rig.bench(), Rig.PATIENCE);
        rig.bench().killAgent(peer);
        arm();
        peer.perform(peer.commands().start());
      }
      case HANDOVER -> {
        arm();
        return switchover();
      }
    }
    return null;
  }

  private void arm() throws IOException {
    rig.control().arm(victim.name(), what.point(), what.blow(), 0);
  }

  private void aloneForAWhile() throws IOException {
    rig.bench().killAgent(peer);
    rig.bench().awaitRole(serving, "ALONE", Rig.PATIENCE);
    rig.recorders().awaitProgress(rig.bench(), Rig.PATIENCE);
    Files.write(serving.directory().resolve("ballast"), new byte[ALONE_BYTES]);
    Rig.pass(ALONE_WORK_MS);
  }

  private Thread switchover() {
    Thread operator =
        new Thread(
            () -> {
              try {
                serving.api().switchover();
              } catch (IOException e) {
                // The node that is asked dies or stands still: that is the case.
                return;
              }
            },
            "operator");
    operator.setDaemon(true);
    operator.start();
    return operator;
  }

  private boolean awaitReached() {
    try {
      rig.cluster().await("the point", Rig.PATIENCE, () -> rig.control().wasReached(victim.name()));
      blowNs = System.nanoTime();
      return true;
    } catch (RuntimeException e) {
      failures.add("not reached; " + rig.cluster().describe());
      blowNs = System.nanoTime();
      return false;
    }
  }

  private void recover(boolean reached) throws IOException {
    boolean frozen = reached && what.blow() == Control.Blow.FREEZE;
    if (frozen) {
      Rig.pass(FROZEN_MS);
      rig.resume(victim);
    }
    long since = blowNs;
    if (!othersServe()) {
      since = System.nanoTime();
      rig.startWhoeverIsDown();
    }
    rig.recorders().awaitProgress(rig.bench(), Rig.PATIENCE);
    serviceMs = (System.nanoTime() - since) / 1_000_000;
    if (reached && serviceMs > BOUND_MS) {
      failures.add("service was back after %d ms, bound %d".formatted(serviceMs, BOUND_MS));
    }
    rig.startWhoeverIsDown();
    rig.awaitProtected();
    protectedMs = (System.nanoTime() - blowNs) / 1_000_000;
  }

  /** Whether somebody serves without any help, within the time that a takeover needs. */
  private boolean othersServe() {
    if (rig.cluster().nodes().stream().noneMatch(this::mayServe)) {
      return false;
    }
    long before = rig.recorders().acknowledged();
    try {
      rig.cluster()
          .await(
              "service by itself",
              OTHERS_CHANCE,
              () ->
                  rig.recorders().acknowledged() > before
                      && rig.cluster().nodes().stream()
                          .anyMatch(
                              node ->
                                  node.api()
                                      .status()
                                      .filter(AgentApi.ModuleStatus::serves)
                                      .isPresent()));
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  private boolean mayServe(DemoNode node) {
    try {
      return rig.runs(node);
    } catch (IOException e) {
      return false;
    }
  }
}

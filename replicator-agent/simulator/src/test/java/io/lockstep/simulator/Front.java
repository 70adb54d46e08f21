package io.lockstep.simulator;

import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.sim.Inbox;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.volume.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A mount, as the kernel sees it: applications' requests wait here for an answer of the agent's
 * threads, and get an error when the agent dies. A request that the agent was given is not taken
 * back: nobody knows what became of it.
 */
final class Front {
  /** What an application asks of the volume. */
  interface Request {
    void on(Volume volume) throws StoreException;
  }

  /** How it ended. */
  record Outcome(Result result, StoreException refusal) {}

  /** In short. */
  enum Result {
    DONE,
    REFUSED,
    UNKNOWN
  }

  private final Scheduler scheduler;
  private final Execution agent;
  private final Volume volume;
  private final List<Inbox<Outcome>> waiting = new ArrayList<>();
  private final Map<Integer, Integer> served = new HashMap<>();
  private boolean dead;
  private boolean gone;

  Front(Scheduler scheduler, Execution agent, Volume volume) {
    this.scheduler = scheduler;
    this.agent = agent;
    this.volume = volume;
  }

  /** Whether requests are served. */
  boolean alive() {
    return !dead && !gone;
  }

  /** On thread {@code lane} of an application: waits for the answer. */
  Outcome call(int lane, Request request) {
    if (!alive()) {
      return new Outcome(Result.UNKNOWN, null);
    }
    Inbox<Outcome> reply = new Inbox<>(scheduler, "a reply of the volume");
    waiting.add(reply);
    served.merge(lane, 1, Integer::sum);
    agent
        .task(
            "fuse",
            () -> {
              try {
                reply.add(serve(request));
              } finally {
                served.merge(lane, -1, Integer::sum);
              }
            })
        .start();
    Outcome outcome = reply.take();
    waiting.remove(reply);
    return outcome;
  }

  private Outcome serve(Request request) {
    try {
      request.on(volume);
      return new Outcome(Result.DONE, null);
    } catch (StoreException e) {
      return new Outcome(Result.REFUSED, e);
    }
  }

  /** The agent died: the mount answers with errors. */
  void die() {
    dead = true;
    List.copyOf(waiting).forEach(reply -> reply.add(new Outcome(Result.UNKNOWN, null)));
  }

  /** Taken away in order. */
  void unmount() {
    gone = true;
  }

  /** Requests of thread {@code lane} that are under way, whether or not it lives. */
  int waiting(int lane) {
    return served.getOrDefault(lane, 0);
  }
}

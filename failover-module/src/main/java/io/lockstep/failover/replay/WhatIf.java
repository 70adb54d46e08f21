package io.lockstep.failover.replay;

import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleSettings;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Replays a session under other times.
 *
 * <p>What came from outside (the peer's heartbeats and messages, the link, comparisons, failures,
 * operators) comes as it was recorded. What the machine causes itself is not taken from the
 * recording, where it belongs to other decisions: its effects are answered by {@link Answers}, time
 * passes in ticks that are made up, and silence is found anew by {@link Watch}.
 */
final class WhatIf {
  private static final int MOST_AT_ONCE = 10_000;

  private record Scheduled(long atNs, long order, RoleInput input) {}

  private final Session session;
  private final Playing playing;
  private final Answers answers;
  private final Watch watch;
  private final List<World.Event> events;
  private final RoleSettings settings;
  private final PriorityQueue<Scheduled> due =
      new PriorityQueue<>(
          Comparator.comparingLong(Scheduled::atNs).thenComparingLong(Scheduled::order));
  private final long tickNs;
  private long nextTickNs;
  private long order;
  private long instantNs = Long.MIN_VALUE;
  private int atOnce;

  WhatIf(Session session, Playing recorded, RoleSettings settings) {
    this.session = session;
    this.settings = settings;
    this.playing = new Playing(session);
    this.tickNs = Math.max(1_000_000, session.begin().tickNs());
    RoleSettings was = session.settings();
    this.answers = new Answers(recorded.answers, 2 * tickNs, was.arbiter(), playing.modelled);
    boolean sameWatch =
        was.takeoverAfterNs() == settings.takeoverAfterNs()
            && was.heartbeatNs() == settings.heartbeatNs()
            && !session.retimed();
    this.watch = sameWatch ? null : new Watch(session, settings);
    this.events = World.of(recorded.taken, was, settings, watch == null);
    this.nextTickNs = session.begin().nowNs() + tickNs;
  }

  Run run() {
    if (playing.state.inFlight() != null) {
      give(List.of(playing.state.inFlight()), session.begin().nowNs());
    }
    take(new RoleInput.Settings(settings), session.begin().nowNs());
    for (World.Event event : events) {
      if (event.input() instanceof RoleInput.Frozen frozen) {
        advance(event.nowNs() - frozen.gapNs());
        nextTickNs = event.nowNs();
      } else {
        advance(event.nowNs());
      }
      if (watch != null) {
        watch.before(event).forEach(input -> take(input, event.nowNs()));
      }
      take(event.input(), event.nowNs());
    }
    advance(session.endNs());
    return playing.ended(session.endNs());
  }

  /** Lets time pass until then. */
  private void advance(long untilNs) {
    while (true) {
      long answerNs = due.isEmpty() ? Long.MAX_VALUE : due.peek().atNs();
      if (answerNs <= nextTickNs && answerNs <= untilNs) {
        Scheduled next = due.remove();
        take(next.input(), next.atNs());
      } else if (nextTickNs <= untilNs) {
        long nowNs = nextTickNs;
        nextTickNs += tickNs;
        if (watch != null) {
          watch.tick(nowNs).forEach(input -> take(input, nowNs));
        }
        take(new RoleInput.Tick(), nowNs);
      } else {
        return;
      }
    }
  }

  /** Never before what was taken last: an answer that fell into a freeze comes after it. */
  private void take(RoleInput input, long dueNs) {
    long nowNs = Math.max(dueNs, instantNs);
    atOnce = nowNs == instantNs ? atOnce + 1 : 0;
    instantNs = nowNs;
    if (atOnce > MOST_AT_ONCE) {
      throw new IllegalStateException("no end to what follows from " + input + " in one moment");
    }
    give(playing.take(input, nowNs), nowNs);
  }

  private void give(List<RoleEffect> effects, long nowNs) {
    for (RoleEffect effect : effects) {
      Answers.Due answer = answers.to(effect, nowNs, playing.state);
      if (answer != null) {
        due.add(new Scheduled(answer.atNs(), order++, answer.input()));
      }
    }
  }
}

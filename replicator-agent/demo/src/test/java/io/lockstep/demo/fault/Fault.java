package io.lockstep.demo.fault;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.util.Set;

/**
 * What befalls a pair that is protected, P serving and S following. What the pair cannot do by
 * itself (start a machine that was switched off) is done in {@link #mend}.
 */
enum Fault {
  /** P loses its power. */
  PRIMARY_KILLED("primary killed") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      p.perform(p.commands().kill());
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      pair.awaitServing(s);
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.PEER);
    }
  },
  /** P's whole machine stands still for twice the time after which it is taken for dead. */
  PRIMARY_FROZEN("primary frozen, then resumed") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      p.perform(p.commands().freeze());
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      Bench.pass(2L * pair.bench().cluster().timings().takeoverAfterMs());
      p.perform(p.commands().thaw());
      pair.awaitServing(s);
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.PEER);
    }
  },
  /** Neither hears the other; both hear the third. */
  PARTITION("partition") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      pair.isolate(true);
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      Bench.pass(SETTLED_MS);
    }

    @Override
    void mend(FaultPair pair, DemoNode p, DemoNode s) {
      pair.isolate(false);
    }

    @Override
    Set<Seen> expected(Third third) {
      return third.decides() ? Set.of(Seen.SAME, Seen.PEER) : Set.of(Seen.BOTH);
    }
  },
  /** S hears nothing from P; P hears S. */
  ONE_WAY_PARTITION("one-way partition") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      pair.deafen(s, p);
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      Bench.pass(SETTLED_MS);
    }

    @Override
    void mend(FaultPair pair, DemoNode p, DemoNode s) {
      pair.cure(s);
    }

    @Override
    Set<Seen> expected(Third third) {
      return third.decides()
          ? Set.of(Seen.SAME, Seen.PEER)
          : Set.of(Seen.SAME, Seen.PEER, Seen.BOTH);
    }
  },
  /** The third does not answer any more. */
  ARBITER_LOST("arbiter lost") {
    @Override
    boolean means(Third third) {
      return third != Third.NONE;
    }

    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      pair.third().lose(pair.bench());
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      Bench.pass(3_000);
    }

    @Override
    void mend(FaultPair pair, DemoNode p, DemoNode s) {
      pair.third().find(pair.bench());
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.SAME);
    }
  },
  /**
   * S loses its power and the third does not answer: P must not go on, until the third is back. One
   * that does not decide cannot tell P whether S took over meanwhile: P then waits for S.
   */
  ARBITER_AND_PEER_LOST("arbiter and peer lost") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      pair.third().lose(pair.bench());
      s.perform(s.commands().kill());
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      if (pair.third() == Third.NONE) {
        pair.awaitServing(p);
      } else {
        pair.awaitFenced(p);
      }
    }

    @Override
    void mend(FaultPair pair, DemoNode p, DemoNode s) {
      pair.third().find(pair.bench());
      if (pair.third() != Third.PING) {
        pair.awaitServing(p);
      }
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(third == Third.NONE ? Seen.SAME : Seen.NOBODY);
    }
  },
  /** Both lose their power, and start again. */
  BOTH_RESTARTED("both restarted") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      s.perform(s.commands().kill());
      p.perform(p.commands().kill());
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {}

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.NOBODY);
    }
  },
  /** P's agent lives and does nothing. */
  AGENT_HUNG("agent hung") {
    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) throws IOException {
      Shell.run("kill", "-STOP", Long.toString(p.agentPid()));
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      pair.awaitServing(s);
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.PEER);
    }
  },
  /** The application's processes die. */
  APPLICATION_DEAD("application dead") {
    @Override
    boolean isRemembered() {
      return true;
    }

    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) {
      pair.recorders().kill(p);
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      pair.awaitProgress();
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.SAME);
    }
  },
  /** They die, and it does not start again on P. */
  APPLICATION_UNSTARTABLE("application unstartable") {
    @Override
    boolean isRemembered() {
      return true;
    }

    @Override
    void strike(FaultPair pair, DemoNode p, DemoNode s) throws IOException {
      pair.recorders().startable(p, false);
      pair.recorders().kill(p);
    }

    @Override
    void last(FaultPair pair, DemoNode p, DemoNode s) {
      pair.awaitServing(s);
    }

    @Override
    void mend(FaultPair pair, DemoNode p, DemoNode s) throws IOException {
      pair.recorders().startable(p, true);
    }

    @Override
    Set<Seen> expected(Third third) {
      return Set.of(Seen.PEER);
    }
  };

  /** Long enough for every takeover, fencing and address probe that there may be. */
  private static final long SETTLED_MS = 10_000;

  private final String title;

  Fault(String title) {
    this.title = title;
  }

  /**
   * Whether the nodes remember it beyond its end, so that the next fault of the same pair would
   * meet something else: restarts that are used up, a node on which the application failed.
   */
  boolean isRemembered() {
    return false;
  }

  /** As in the table. */
  String title() {
    return title;
  }

  /** Whether there is such a fault with that third. */
  boolean means(Third third) {
    return true;
  }

  /** It happens. */
  abstract void strike(FaultPair pair, DemoNode p, DemoNode s) throws IOException;

  /** It lasts until the pair has done about it what it can. */
  abstract void last(FaultPair pair, DemoNode p, DemoNode s);

  /** It ends; machines that are off are started by the caller. */
  void mend(FaultPair pair, DemoNode p, DemoNode s) throws IOException {}

  /** Who may serve at the end of {@link #last}. */
  abstract Set<Seen> expected(Third third);
}

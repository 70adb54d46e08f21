package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.replay.Replay;
import io.lockstep.failover.replay.Run;
import io.lockstep.failover.replay.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Recordings of two role machines in virtual time, given to the machine again. */
class RecordedPairTest {
  private static final long S = 1_000_000_000L;
  private ModelPair pair = new ModelPair();

  private void protect() {
    pair.start(pair.a);
    pair.start(pair.b);
    pair.pass(15_000);
    assertThat(pair.a.state.role()).as(pair::story).isEqualTo(Role.PRIMARY);
    assertThat(pair.b.state.role()).as(pair::story).isEqualTo(Role.SECONDARY);
  }

  private static List<Session> sessions(ModelNode node) {
    node.keep();
    return Session.of(node.recording);
  }

  private static Session only(ModelNode node) {
    assertThat(sessions(node)).hasSize(1);
    return sessions(node).get(0);
  }

  private static RoleSettings times(ModelNode node, long takeoverAfterS, long ackTimeoutS) {
    return RoleSettings.of(node.name, node.peer().name, S, takeoverAfterS * S, ackTimeoutS * S);
  }

  private static List<Role> roles(Run run) {
    return run.transitions().stream().map(t -> t.after().role()).toList();
  }

  private static long atS(Run run, Role role) {
    return run.transitions().stream()
            .filter(t -> t.after().role() == role)
            .mapToLong(Run.Transition::nowNs)
            .max()
            .orElseThrow()
        / S;
  }

  /** Whatever dies, returns, is cut or ordered, with an arbiter and without. */
  @Property(tries = 100, seed = "20261127")
  void aRecordingReplayedIsTheRunItself(@ForAll long seed) {
    Random random = new Random(seed);
    pair = new ModelPair(random.nextBoolean());
    pair.start(pair.a);
    pair.start(pair.b);
    for (int i = 0; i < 25; i++) {
      trouble(random);
      pair.pass(100L * (1 + random.nextInt(200)));
    }
    for (ModelNode node : List.of(pair.a, pair.b)) {
      List<RoleState> replayed = new ArrayList<>();
      RoleState last = null;
      for (Session session : sessions(node)) {
        Run run = Replay.asRecorded(session);
        assertThat(run.other()).isEmpty();
        run.transitions().forEach(t -> replayed.add(t.after()));
        last = run.last();
      }
      assertThat(replayed).isEqualTo(node.roles);
      assertThat(last).isEqualTo(node.state);
    }
  }

  private void trouble(Random random) {
    ModelNode node = random.nextBoolean() ? pair.a : pair.b;
    switch (random.nextInt(10)) {
      case 0 -> pair.kill(node, random.nextBoolean());
      case 1, 2, 3 -> pair.start(node);
      case 4 -> pair.cableUp = !pair.cableUp;
      case 5 -> pair.netUp = !pair.netUp;
      case 6 -> node.take(new RoleInput.Switchover("", "op"));
      case 7 -> node.take(new RoleInput.AckTimeout());
      case 8 -> node.take(new RoleInput.Frozen(5 * S));
      default -> pair.arbiterUp = !pair.arbiterUp;
    }
  }

  /** Ticks that are made up and answers that are put in anew change no decision by themselves. */
  @Property(tries = 60, seed = "20261127")
  void underTheRecordedTimesTheDecisionsAreTheSame(@ForAll long seed) {
    Random random = new Random(seed);
    pair.start(pair.a);
    pair.start(pair.b);
    for (int i = 0; i < 15; i++) {
      switch (random.nextInt(4)) {
        case 0 -> pair.kill(pair.a, random.nextBoolean());
        case 1 -> pair.start(pair.a);
        case 2 -> pair.cableUp = !pair.cableUp;
        default -> pair.b.take(new RoleInput.Switchover("", "op"));
      }
      pair.pass(100L * (1 + random.nextInt(400)));
    }
    Session session = only(pair.b);
    assertThat(roles(Replay.under(session, session.settings())))
        .isEqualTo(roles(Replay.asRecorded(session)));
  }

  @Example
  void whatHappensTenTimesASecondTakesLittleRoom() {
    protect();
    pair.b.keep();
    int before = pair.b.recording.size();
    pair.pass(600_000);
    pair.b.keep();
    assertThat(pair.b.recording.size() - before).as("6600 inputs").isLessThan(100);
    assertThat(Replay.asRecorded(only(pair.b)).last()).isEqualTo(pair.b.state);
  }

  @Example
  void aTakeoverAfterThirtySecondsWouldHaveBegunAfterTwelve() {
    protect();
    pair.kill(pair.a, false);
    long killedS = pair.now / S;
    pair.pass(60_000);
    Session session = only(pair.b);
    assertThat(atS(Replay.asRecorded(session), Role.ALONE) - killedS).isBetween(29L, 30L);

    Run sooner = Replay.under(session, times(pair.b, 12, 6));
    assertThat(atS(sooner, Role.ALONE) - killedS).isBetween(11L, 12L);
    assertThat(sooner.last().generation()).isEqualTo(pair.b.state.generation());

    assertThat(roles(Replay.under(session, times(pair.b, 90, 6))))
        .doesNotContain(Role.TAKING_OVER, Role.ALONE);
  }

  /** The peer, cut off for 20 s, came back: with 12 s it had been taken over. */
  @Example
  void aSilenceThatEndedWouldHaveBeenATakeover() {
    protect();
    pair.netUp = false;
    pair.pass(20_000);
    pair.netUp = true;
    pair.pass(30_000);
    Session session = only(pair.b);
    assertThat(roles(Replay.asRecorded(session))).doesNotContain(Role.TAKING_OVER);
    assertThat(Replay.asRecorded(session).silences()).anyMatch(s -> s.lastedNs() / S >= 20);
    assertThat(roles(Replay.under(session, times(pair.b, 12, 6)))).contains(Role.TAKING_OVER);
  }

  @Example
  void aPrimaryWouldHaveWaitedLongerBeforeItRanAlone() {
    protect();
    long killedNs = pair.now;
    pair.kill(pair.b, false);
    pair.pass(60_000);
    Session session = only(pair.a);
    long recorded = atS(Replay.asRecorded(session), Role.ALONE);
    assertThat(atS(Replay.under(session, times(pair.a, 30, 20)), Role.ALONE) - recorded)
        .isEqualTo(14);
    assertThat(recorded - killedNs / S).isBetween(5L, 7L);
  }

  /** What the arbiter refused stays refused; nobody asked it at any other time. */
  @Example
  void theArbiterAnswersAsItDidNearestInTime() {
    pair = new ModelPair(true);
    protect();
    pair.arbiterUp = false;
    pair.netUp = false;
    pair.pass(20_000);
    Session session = only(pair.a);
    assertThat(Replay.asRecorded(session).last().role()).isEqualTo(Role.BLOCKED);
    Run other = Replay.under(session, times(pair.a, 30, 3).withArbiter());
    assertThat(other.last().role()).isEqualTo(Role.BLOCKED);
    assertThat(other.modelled()).anyMatch(m -> m.contains("nearest in time: Unknown"));
    Run without = Replay.under(session, times(pair.a, 30, 3));
    assertThat(without.last().role()).isEqualTo(Role.ALONE);
  }

  /** A file that begins in the middle holds the state, so that it can be replayed alone. */
  @Example
  void theSecondHalfOfARecordingIsReplayedAlone() {
    protect();
    pair.b.keep();
    int before = pair.b.recording.size();
    Entry.Begin begin = new Entry.Begin("m", 0, pair.now, 100_000_000, false, pair.b.state);
    pair.kill(pair.a, false);
    pair.pass(60_000);
    pair.b.keep();
    List<Entry> half = new ArrayList<>(List.of(begin));
    half.addAll(pair.b.recording.subList(before, pair.b.recording.size()));
    Session session = Session.of(half).get(0);
    assertThat(Replay.asRecorded(session).last()).isEqualTo(pair.b.state);
    assertThat(atS(Replay.under(session, times(pair.b, 12, 6)), Role.ALONE))
        .isEqualTo(atS(Replay.asRecorded(session), Role.ALONE) - 18);
  }
}

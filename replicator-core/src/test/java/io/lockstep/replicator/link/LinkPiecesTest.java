package io.lockstep.replicator.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.link.Handshake.Effect;
import io.lockstep.replicator.link.HelloMessage.Role;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The link's pure decisions. */
class LinkPiecesTest {
  private static final long SECOND = 1_000_000_000L;

  private static HelloMessage hello(Role role, Link.Lane lane, PeerHello peer, int nonce) {
    return new HelloMessage(
        role, lane, new UUID(nonce, 1), new UUID(nonce, 2), new UUID(nonce, 3), 7, peer);
  }

  private static Effect.Send sent(Handshake.Step step) {
    return (Effect.Send) step.effects().get(0);
  }

  private static Handshake acceptor(int nonce) {
    return Handshake.accept(
        LinkFixture.KEY,
        "desk-a",
        hello(Role.ACCEPTOR, Link.Lane.OPERATIONS, LinkFixture.hello("desk-b"), nonce));
  }

  private static Handshake.Step dialer(Link.Lane lane, int nonce) {
    return Handshake.dial(
        LinkFixture.KEY, "desk-b", hello(Role.DIALER, lane, LinkFixture.hello("desk-a"), nonce));
  }

  private static Handshake.Step pass(Handshake to, Handshake.Step from) {
    return to.step(sent(from).type(), sent(from).payload());
  }

  @Test
  void bothSidesSucceedForTheSameLane() {
    Handshake.Step dial = dialer(Link.Lane.BULK, 1);
    Handshake.Step answer = pass(acceptor(2), dial);
    Handshake.Step proof = pass(dial.next(), answer);
    Handshake.Step accepted = pass(answer.next(), proof);
    Handshake.Step done = pass(proof.next(), accepted);
    assertThat(accepted.effects().get(1)).isInstanceOf(Effect.Succeed.class);
    assertThat(done.effects().get(0)).isInstanceOf(Effect.Succeed.class);
    assertThat(accepted.next().own().lane()).isEqualTo(Link.Lane.BULK);
  }

  @Test
  void aRecordedProofIsWorthNothingOnAnotherConnection() {
    Handshake.Step dial = dialer(Link.Lane.OPERATIONS, 1);
    Handshake.Step proof = pass(dial.next(), pass(acceptor(2), dial));
    Handshake.Step secondAnswer = pass(acceptor(3), dial);
    Handshake.Step replayed = pass(secondAnswer.next(), proof);
    assertThat(replayed.effects()).hasSize(1).first().isInstanceOf(Effect.Refuse.class);
  }

  @Test
  void aProofForOneLaneIsWorthNothingOnTheOther() {
    Handshake.Step operations = dialer(Link.Lane.OPERATIONS, 1);
    Handshake.Step proof = pass(operations.next(), pass(acceptor(2), operations));
    Handshake.Step bulk = pass(acceptor(2), dialer(Link.Lane.BULK, 1));
    assertThat(pass(bulk.next(), proof).effects().get(0)).isInstanceOf(Effect.Refuse.class);
  }

  @Test
  void aProofSentBackIsWorthNothing() {
    Handshake.Step dial = dialer(Link.Lane.OPERATIONS, 1);
    Handshake.Step proof = pass(dial.next(), pass(acceptor(2), dial));
    Handshake.Step reflected = pass(proof.next(), proof);
    assertThat(reflected.effects().get(0)).isInstanceOf(Effect.Refuse.class);
  }

  @Test
  void nothingElseIsTakenBeforeTheProof() {
    Handshake.Step early = acceptor(1).step((byte) 16, new byte[3]);
    assertThat(early.effects().get(0)).isInstanceOf(Effect.Fail.class);
    assertThat(early.next().step(Frames.Type.HELLO, new byte[0]).effects().get(0))
        .isInstanceOf(Effect.Fail.class);
  }

  @Test
  void whatAStrangerSaysCannotForgeLogLines() {
    assertThat(Handshake.clean("a\nERROR b".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo("a?ERROR b");
    assertThat(Handshake.clean(new byte[10_000]).length()).isLessThanOrEqualTo(400);
  }

  @Test
  void pausesDoubleUpToTheLimitAndJitterOnlyShortens() {
    Backoff backoff = Backoff.of(Duration.ofMillis(100), Duration.ofSeconds(2));
    long[] expected = {100, 200, 400, 800, 1600, 2000, 2000};
    for (long pause : expected) {
      assertThat(backoff.pauseMs(0)).isEqualTo(pause);
      assertThat(backoff.pauseMs(0.999)).isBetween(pause / 2, pause);
      backoff = backoff.failed();
    }
    assertThat(backoff.succeeded().pauseMs(0)).isEqualTo(100);
  }

  @Test
  void aPeerIsDeadAfterSilenceButNotWhenThisProcessStoodStill() {
    Silence silence = Silence.start(4 * SECOND, 0);
    assertThat(silence.heardAt(3 * SECOND).lastHeardNanos()).isEqualTo(3 * SECOND);
    assertThat(silence.heardAt(3 * SECOND).heardAt(SECOND).lastHeardNanos()).isEqualTo(3 * SECOND);
    assertThat(silence.heardAt(-SECOND)).isEqualTo(silence);
    for (int s = 1; s <= 3; s++) {
      silence = silence.tick(s * SECOND);
      assertThat(silence.dead(s * SECOND, silence)).isFalse();
    }
    Silence mute = Silence.start(4 * SECOND, 0);
    assertThat(silence.tick(4 * SECOND).dead(4 * SECOND, mute)).isTrue();
    assertThat(silence.heard(3 * SECOND).tick(4 * SECOND).dead(4 * SECOND, mute)).isFalse();
    assertThat(silence.tick(60 * SECOND).dead(60 * SECOND, mute)).isFalse();
  }

  @Test
  void oneLaneMayBeSilentForLongerWhileTheOtherIsNot() {
    Silence silence = Silence.start(4 * SECOND, 0);
    Silence other = silence;
    for (int s = 1; s < 16; s++) {
      silence = silence.tick(s * SECOND);
      other = other.heard(s * SECOND);
      assertThat(silence.dead(s * SECOND, other)).isFalse();
      assertThat(other.dead(s * SECOND, silence)).isFalse();
    }
    assertThat(silence.tick(16 * SECOND).dead(16 * SECOND, other)).isTrue();
    assertThat(silence.tick(16 * SECOND).dead(16 * SECOND, mutedAt(12 * SECOND))).isTrue();
  }

  private static Silence mutedAt(long ns) {
    return Silence.start(4 * SECOND, ns);
  }

  @Test
  void logLinesAreLimitedAndTheLeftOutOnesCounted() {
    LinkLog.Limiter limiter = new LinkLog.Limiter(2);
    assertThat(limiter.tryPass(0)).hasValue(0);
    assertThat(limiter.tryPass(0)).hasValue(0);
    assertThat(limiter.tryPass(0)).isEmpty();
    assertThat(limiter.tryPass(SECOND / 2)).isEmpty();
    assertThat(limiter.tryPass(2 * SECOND)).hasValue(2);
  }

  @Test
  void aRefusalIsToldOnceAMinuteForEachReasonAndForNotTooMany() {
    LinkLog log = new LinkLog("desk-a");
    assertThat(log.firstInAMinute("x", 0)).isTrue();
    assertThat(log.firstInAMinute("x", 59 * SECOND)).isFalse();
    assertThat(log.firstInAMinute("y", 59 * SECOND)).isTrue();
    assertThat(log.firstInAMinute("x", 60 * SECOND)).isTrue();
    for (int i = 0; i < 100; i++) {
      log.firstInAMinute("flood " + i, 61 * SECOND);
    }
    assertThat(log.firstInAMinute("z", 61 * SECOND)).isFalse();
  }
}

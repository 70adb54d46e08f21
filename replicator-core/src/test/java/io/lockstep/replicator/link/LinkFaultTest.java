package io.lockstep.replicator.link;

import static io.lockstep.replicator.link.Link.Lane.BULK;
import static io.lockstep.replicator.link.Link.Lane.OPERATIONS;
import static io.lockstep.replicator.link.LinkFixture.KEY;
import static io.lockstep.replicator.link.LinkFixture.TYPE;
import static io.lockstep.replicator.link.LinkFixture.bytes;
import static io.lockstep.replicator.link.LinkFixture.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Networks and receivers that fail. */
@Timeout(40)
class LinkFaultTest {
  private final LinkFixture fixture = new LinkFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private NettyLink linkA;

  private FaultyProxy startThroughProxy() throws Exception {
    FaultyProxy proxy = fixture.closing(new FaultyProxy(fixture.addressB));
    fixture.startB();
    linkA =
        fixture.start(
            options(), KEY, fixture.helloA, "desk-b", fixture.addressA, proxy.address(), fixture.a);
    fixture.awaitBothUp();
    return proxy;
  }

  private void awaitSecondUp() {
    await().until(() -> fixture.a.ups.size() == 2 && fixture.b.ups.size() == 2);
    assertThat(fixture.a.downs).hasSize(1);
    assertThat(fixture.b.downs).hasSize(1);
  }

  @Test
  void aCutConnectionGoesDownOnceOnBothSidesAndIsMadeAnew() throws Exception {
    startThroughProxy().closeAll();
    awaitSecondUp();
  }

  @Test
  void aFlippedBitClosesTheConnectionAndNeverReachesTheReceiver() throws Exception {
    FaultyProxy proxy = startThroughProxy();
    proxy.forth.corruptNext();
    byte[] payload = new byte[3000];
    linkA.send(fixture.a.epoch(), OPERATIONS, TYPE, 1, ByteBuffer.wrap(payload));
    await().until(() -> fixture.b.downs.size() == 1);
    assertThat(fixture.b.downReasons.get(0)).contains("wrong checksum");
    awaitSecondUp();
    assertThat(fixture.b.frames).allMatch(f -> java.util.Arrays.equals(f.payload(), payload));
  }

  @Test
  void aNetworkThatSwallowsEverythingIsNoticedBySilence() throws Exception {
    FaultyProxy proxy = startThroughProxy();
    proxy.forth.stall();
    proxy.back.stall();
    await().until(() -> !fixture.a.isUp() && !fixture.b.isUp());
    // whoever notices first closes, and the other may see that before its own time is up
    assertThat(List.of(fixture.a.downReasons.get(0), fixture.b.downReasons.get(0)))
        .anyMatch(reason -> reason.contains("silent for 1500 ms"));
    proxy.forth.heal();
    proxy.back.heal();
    awaitSecondUp();
  }

  @Test
  void aNetworkThatSwallowsOneDirectionIsNoticed() throws Exception {
    FaultyProxy proxy = startThroughProxy();
    proxy.back.stall();
    await().until(() -> !fixture.a.isUp() && !fixture.b.isUp());
    assertThat(fixture.a.downReasons.get(0)).contains("silent");
    proxy.back.heal();
    awaitSecondUp();
  }

  @Test
  void connectionsThatNeverSpeakAreClosedAndHinderNobody() throws Exception {
    fixture.startB();
    List<RawPeer> mute = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      mute.add(fixture.closing(new RawPeer(fixture.addressB)));
    }
    fixture.startA();
    fixture.awaitBothUp();
    for (RawPeer peer : mute) {
      assertThat(peer.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.b.downs).isEmpty();
  }

  @Test
  void dialsThatReachNobodyDoNotCountAsConnectionsInTheirHandshake() throws Exception {
    NettyLink a =
        fixture.start(
            impatient(),
            KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    await().pollDelay(Duration.ofMillis(500)).until(() -> true);
    assertThat(a.counters().failures()).as("handshakes ended to make room").isZero();
    fixture.startB();
    fixture.awaitBothUp();
  }

  /** Dials every few milliseconds and allows few handshakes at once. */
  private static LinkOptions impatient() {
    LinkOptions options = options();
    LinkOptions.Redial redial = options.redial();
    return options
        .withAdmission(
            new LinkOptions.Admission(
                options.admission().frames(), 2, options.admission().timeout()))
        .withRedial(
            new LinkOptions.Redial(Duration.ofMillis(1), Duration.ofMillis(10), redial.bind()));
  }

  @Test
  void aReceiverThatThrowsClosesTheConnectionOnly() throws Exception {
    AtomicBoolean thrown = new AtomicBoolean();
    RecordingListener angry =
        new RecordingListener() {
          @Override
          public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
            if (thrown.compareAndSet(false, true)) {
              throw new IllegalStateException("no");
            }
            super.frame(epoch, lane, type, module, payload);
          }
        };
    NettyLink a = fixture.startA();
    fixture.start(
        options(), KEY, fixture.helloB, "desk-a", fixture.addressB, fixture.addressA, angry);
    await().until(() -> fixture.a.isUp() && angry.isUp());
    a.send(fixture.a.epoch(), BULK, TYPE, 1, bytes(1));
    await().until(() -> fixture.a.ups.size() == 2 && angry.ups.size() == 2);
    assertThat(angry.downReasons.get(0)).contains("receiver failed in frame");
    a.send(fixture.a.epoch(), BULK, TYPE, 1, bytes(2));
    await().until(() -> angry.frames.size() == 1);
  }

  @Test
  void aSlowReceiverMakesTheLaneUnwritableUntilItHasCaughtUp() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    RecordingListener slow =
        new RecordingListener() {
          @Override
          public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
            if (lane == BULK) {
              waitFor(gate);
            }
            super.frame(epoch, lane, type, module, payload);
          }
        };
    NettyLink a =
        fixture.start(
            options().withWaiting(new LinkOptions.Waiting(256 * 1024, 1024 * 1024, 1L << 30)),
            KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    fixture.start(
        options(), KEY, fixture.helloB, "desk-a", fixture.addressB, fixture.addressA, slow);
    await().until(() -> fixture.a.isUp() && slow.isUp());
    long epoch = fixture.a.epoch();
    int sent = 0;
    do {
      a.send(epoch, BULK, TYPE, 1, ByteBuffer.allocate(128 * 1024));
      sent++;
    } while (sent < 2000 && a.awaitWritable(BULK, 300));
    int count = sent;
    assertThat(a.writable(BULK)).as("after %d frames", sent).isFalse();
    assertThat(a.awaitWritable(BULK, 30)).isFalse();
    assertThat(a.writable(OPERATIONS)).as("the other lane is not hindered").isTrue();
    a.send(epoch, OPERATIONS, TYPE, 2, bytes(5));
    await().until(() -> slow.frames.size() == 1);
    gate.countDown();
    assertThat(a.awaitWritable(BULK, 10_000)).isTrue();
    await().until(() -> slow.frames.size() == 1 + count);
  }

  @Test
  void aPeerThatDoesNotReadAtAllIsDroppedBeforeMemoryRunsOut() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    fixture.closing(gate::countDown);
    RecordingListener stuck =
        new RecordingListener() {
          @Override
          public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
            waitFor(gate);
          }
        };
    NettyLink a =
        fixture.start(
            options()
                .withWaiting(new LinkOptions.Waiting(64 * 1024, 1024 * 1024, 4L * 1024 * 1024)),
            KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    fixture.start(
        options(), KEY, fixture.helloB, "desk-a", fixture.addressB, fixture.addressA, stuck);
    await().until(() -> fixture.a.isUp());
    long epoch = fixture.a.epoch();
    int sent = 0;
    while (a.send(epoch, BULK, TYPE, 1, ByteBuffer.allocate(512 * 1024)) && sent < 200) {
      sent++;
    }
    await().until(() -> fixture.a.downs.size() == 1);
    assertThat(fixture.a.downReasons.get(0)).contains("does not read");
    gate.countDown();
  }

  private static void waitFor(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

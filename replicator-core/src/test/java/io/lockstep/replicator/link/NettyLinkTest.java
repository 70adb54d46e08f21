package io.lockstep.replicator.link;

import static io.lockstep.replicator.link.Link.Lane.BULK;
import static io.lockstep.replicator.link.Link.Lane.OPERATIONS;
import static io.lockstep.replicator.link.LinkFixture.TYPE;
import static io.lockstep.replicator.link.LinkFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.port.SocketWriter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two links that understand each other. */
@Timeout(30)
class NettyLinkTest {
  private final LinkFixture fixture = new LinkFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  @Test
  void bothSidesComeUpAndLearnWhoThePeerIs() throws Exception {
    NettyLink a = fixture.startA();
    NettyLink b = fixture.startB();
    fixture.awaitBothUp();
    assertThat(a.connected()).isTrue();
    assertThat(b.connected()).isTrue();
    assertThat(fixture.a.peers).containsExactly(fixture.helloB);
    assertThat(fixture.b.peers).containsExactly(fixture.helloA);
    assertThat(fixture.a.refusals).isEmpty();
  }

  @Test
  void framesArriveAsTheyWereSentOnBothLanesInBothDirections() throws Exception {
    NettyLink a = fixture.startA();
    NettyLink b = fixture.startB();
    fixture.awaitBothUp();
    assertThat(a.send(fixture.a.epoch(), OPERATIONS, TYPE, 65535, bytes(1, 2), bytes(), bytes(3)))
        .isTrue();
    assertThat(a.send(fixture.a.epoch(), BULK, (byte) -1, 0)).isTrue();
    assertThat(b.send(fixture.b.epoch(), BULK, TYPE, 7, bytes(9))).isTrue();
    await().until(() -> fixture.b.frames.size() == 2 && fixture.a.frames.size() == 1);
    RecordingListener.Frame first =
        fixture.b.frames.stream().filter(f -> f.lane() == OPERATIONS).findFirst().orElseThrow();
    assertThat(first.type()).isEqualTo(TYPE);
    assertThat(first.module()).isEqualTo(65535);
    assertThat(first.payload()).containsExactly(1, 2, 3);
    RecordingListener.Frame back = fixture.a.frames.get(0);
    assertThat(back.module()).isEqualTo(7);
    assertThat(back.lane()).isEqualTo(BULK);
    assertThat(back.epoch()).isEqualTo(fixture.a.epoch());
    await().until(() -> fixture.b.batches.size() == 2);
    await().until(() -> a.sentBytes(OPERATIONS) == b.receivedBytes(OPERATIONS));
    assertThat(a.sentBytes(OPERATIONS)).isPositive();
  }

  @Test
  void theLargestFramesPassAndLargerOnesAreTheCallersError() throws Exception {
    NettyLink a = fixture.startA();
    fixture.startB();
    fixture.awaitBothUp();
    for (Link.Lane lane : Link.Lane.values()) {
      byte[] big = new byte[a.maxPayload(lane)];
      new Random(5).nextBytes(big);
      assertThat(a.send(fixture.a.epoch(), lane, TYPE, 1, ByteBuffer.wrap(big))).isTrue();
      await()
          .until(
              () ->
                  fixture.b.frames.stream()
                      .anyMatch(
                          f -> f.lane() == lane && java.util.Arrays.equals(f.payload(), big)));
      assertThatThrownBy(
              () -> a.send(fixture.a.epoch(), lane, TYPE, 1, ByteBuffer.allocate(big.length + 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(fixture.a.downs).isEmpty();
  }

  @Test
  void framesSentUnderOneLockArriveInItsOrder() throws Exception {
    NettyLink a = fixture.startA();
    fixture.startB();
    fixture.awaitBothUp();
    int senders = 8;
    int each = 500;
    ReentrantLock lock = new ReentrantLock();
    int[] next = {0};
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < senders; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int n = 0; n < each; n++) {
                  lock.lock();
                  try {
                    ByteBuffer number = ByteBuffer.allocate(4 + (next[0] % 700));
                    number.putInt(0, next[0]++);
                    a.send(fixture.a.epoch(), OPERATIONS, TYPE, 1, number);
                  } finally {
                    lock.unlock();
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await().until(() -> fixture.b.frames.size() == senders * each);
    for (int i = 0; i < senders * each; i++) {
      assertThat(ByteBuffer.wrap(fixture.b.frames.get(i).payload()).getInt()).isEqualTo(i);
    }
    await().until(() -> fixture.b.batches.contains(senders * each));
    assertThat(fixture.b.batches.size()).isLessThan(senders * each);
  }

  /** Takes all, a part or nothing of what it is given, by chance. */
  private record Whimsical(FileDescriptor socket, Random random, AtomicInteger taken)
      implements SocketWriter {
    @Override
    public int send(long address, int bytes) throws IOException {
      int most = random.nextInt(4) > 0 ? bytes : random.nextInt(bytes);
      int sent = most == 0 ? 0 : socket.writeAddress(address, 0, most);
      taken.addAndGet(sent);
      return sent;
    }

    @Override
    public void close() {}
  }

  @Test
  void whatSendersWriteThemselvesArrivesInOrderWhateverTheSocketTakes() throws Exception {
    Assumptions.assumeTrue(Epoll.isAvailable());
    AtomicInteger taken = new AtomicInteger();
    LinkOptions direct =
        LinkFixture.writing(
            fd -> Optional.of(new Whimsical(new FileDescriptor(fd), new Random(7), taken)));
    NettyLink a =
        fixture.start(
            direct,
            LinkFixture.KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    fixture.startB();
    fixture.awaitBothUp();
    int senders = 6;
    int each = 300;
    ReentrantLock lock = new ReentrantLock();
    int[] next = {0};
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < senders; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int n = 0; n < each; n++) {
                  lock.lock();
                  try {
                    ByteBuffer number = ByteBuffer.allocate(4 + next[0] % 9000);
                    number.putInt(0, next[0]++);
                    a.queue(fixture.a.epoch(), OPERATIONS, TYPE, 1, number);
                  } finally {
                    lock.unlock();
                  }
                  a.flush(fixture.a.epoch(), OPERATIONS);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await().atMost(Duration.ofSeconds(40)).until(() -> fixture.b.frames.size() == senders * each);
    for (int i = 0; i < senders * each; i++) {
      assertThat(ByteBuffer.wrap(fixture.b.frames.get(i).payload()).getInt()).isEqualTo(i);
    }
    assertThat(taken.get()).isPositive();
    await().until(() -> a.counters().queuedBytes() == 0);
  }

  @Test
  void comesUpAgainAfterThePeerWasRestartedWithOneDownForEachUp() throws Exception {
    NettyLink a = fixture.startA();
    NettyLink b = fixture.startB();
    fixture.awaitBothUp();
    long old = fixture.a.epoch();
    b.close();
    await().until(() -> fixture.a.downs.size() == 1 && fixture.b.downs.size() == 1);
    assertThat(a.connected()).isFalse();
    assertThat(a.send(old, OPERATIONS, TYPE, 1)).isFalse();
    fixture.startB();
    await().until(() -> fixture.a.ups.size() == 2 && fixture.b.ups.size() == 2);
    assertThat(fixture.a.epoch()).isGreaterThan(old);
    assertThat(fixture.a.downs).containsExactly(old);
    assertThat(a.send(old, OPERATIONS, TYPE, 1)).as("a frame for the old connection").isFalse();
    assertThat(a.send(fixture.a.epoch(), OPERATIONS, TYPE, 2, bytes(4))).isTrue();
    await().until(() -> !fixture.b.frames.isEmpty());
    assertThat(fixture.b.frames).hasSize(1);
    assertThat(fixture.b.frames.get(0).module()).isEqualTo(2);
  }

  @Test
  void dropClosesThatConnectionOnlyAndItIsMadeAnew() throws Exception {
    NettyLink a = fixture.startA();
    NettyLink b = fixture.startB();
    fixture.awaitBothUp();
    b.drop(fixture.b.epoch() + 1, "another one");
    b.drop(fixture.b.epoch(), "the test wants it");
    await().until(() -> fixture.a.ups.size() == 2 && fixture.b.ups.size() == 2);
    assertThat(fixture.b.downReasons).containsExactly("the test wants it");
    assertThat(fixture.a.downs).hasSize(1);
    assertThat(a.counters().connects()).isEqualTo(2);
  }

  @Test
  void aPortInUseIsAClearError() throws Exception {
    try (ServerSocket other =
        new ServerSocket(fixture.addressA.getPort(), 1, InetAddress.getLoopbackAddress())) {
      assertThat(other.isBound()).isTrue();
      assertThatThrownBy(fixture::startA)
          .isInstanceOf(BindException.class)
          .hasMessageContaining(
              "address 127.0.0.1:"
                  + fixture.addressA.getPort()
                  + " is in use by another process: ");
    }
  }

  @Test
  void anAddressThatIsNotOnThisMachineIsWaitedForAndDoesNotHinderDialling() throws Exception {
    fixture.start(
        LinkFixture.options(),
        LinkFixture.KEY,
        fixture.helloA,
        "desk-b",
        new InetSocketAddress("192.0.2.1", 7400),
        fixture.addressB,
        fixture.a);
    fixture.startB();
    fixture.awaitBothUp();
  }

  @Test
  void worksWithoutTheNativeTransport() throws Exception {
    LinkOptions nio = LinkFixture.transport(LinkFixture.options(), false, false);
    NettyLink a =
        fixture.start(
            nio,
            LinkFixture.KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    fixture.start(
        nio,
        LinkFixture.KEY,
        fixture.helloB,
        "desk-a",
        fixture.addressB,
        fixture.addressA,
        fixture.b);
    fixture.awaitBothUp();
    a.send(fixture.a.epoch(), BULK, TYPE, 3, bytes(1));
    await().until(() -> fixture.b.frames.size() == 1);
    assertThatThrownBy(
            () ->
                fixture.start(
                    nio,
                    LinkFixture.KEY,
                    fixture.helloA,
                    "desk-b",
                    fixture.addressA,
                    fixture.addressB,
                    fixture.a))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("in use by another process");
  }

  @Test
  void aPingMeasuresTheRoundTrip() throws Exception {
    NettyLink a = fixture.startA();
    fixture.startB();
    fixture.awaitBothUp();
    await().until(() -> a.counters().roundTripNanos() > 0);
    assertThat(fixture.a.frames).isEmpty();
  }

  @Test
  void reservedTypesAreTheCallersError() throws Exception {
    NettyLink a = fixture.startA();
    assertThatThrownBy(() -> a.send(1, OPERATIONS, (byte) 15, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> a.send(1, OPERATIONS, TYPE, 65536))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatANodeSaysOfItselfIsAskedForEachConnection() throws Exception {
    AtomicReference<String> hash = new AtomicReference<>("old");
    NettyLink a =
        NettyLink.start(
            LinkFixture.options(),
            LinkFixture.KEY,
            () ->
                new PeerHello(
                    NettyLink.PROTOCOL_VERSION,
                    List.of(),
                    "dispatch",
                    "desk-a",
                    fixture.helloA.incarnation(),
                    "boot",
                    hash.get(),
                    "0.1.0"),
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a);
    try {
      fixture.startB();
      fixture.awaitBothUp();
      hash.set("new");
      assertThat(fixture.b.peers).hasSize(1);
      a.drop(fixture.a.epoch(), "to meet again");
      await().until(() -> fixture.b.peers.size() == 2);
      assertThat(fixture.b.peers)
          .extracting(PeerHello::configurationHash)
          .containsExactly("old", "new");
    } finally {
      a.close();
    }
  }

  @Test
  void theLargestFrameIsConfigurable() throws Exception {
    try (NettyLink small =
        NettyLink.start(
            LinkFixture.options().withMaxFrame(2 << 20),
            LinkFixture.KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            fixture.a)) {
      NettyLink usual = fixture.startB();
      fixture.awaitBothUp();
      assertThat(small.maxPayload(BULK)).isEqualTo(small.maxPayload(OPERATIONS));
      byte[] fits = new byte[small.maxPayload(BULK)];
      usual.send(fixture.b.epoch(), BULK, TYPE, 0, ByteBuffer.wrap(fits));
      await().until(() -> fixture.a.frames.size() == 1);
      usual.send(fixture.b.epoch(), BULK, TYPE, 0, ByteBuffer.wrap(new byte[fits.length + 1]));
      await().until(() -> !fixture.a.downs.isEmpty());
    }
  }
}

package io.lockstep.replicator.link;

import static io.lockstep.replicator.link.Link.Lane.BULK;
import static io.lockstep.replicator.link.Link.Lane.OPERATIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.port.SocketReader;
import io.lockstep.replicator.port.SocketWriter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that read a real connection by themselves while they wait. */
@Timeout(60)
class WaitersReadsTest {
  private static final byte ANSWER = 21;
  private static final byte OTHER = 22;
  private static final long LONG_NS = TimeUnit.SECONDS.toNanos(20);

  /** Takes as little at once as chance wants. */
  private record Reader(FileDescriptor socket, Random random) implements SocketReader {
    @Override
    public int receive(long address, int bytes) throws IOException {
      int most = random.nextInt(3) > 0 ? bytes : 1 + random.nextInt(Math.min(bytes, 9));
      return socket.readAddress(address, 0, most);
    }

    @Override
    public void await(int timeoutMs) {
      Thread.onSpinWait();
    }

    @Override
    public void close() {}
  }

  private static final class Threads extends RecordingListener {
    final Set<String> answers = ConcurrentHashMap.newKeySet();
    final AtomicInteger answered = new AtomicInteger();

    @Override
    public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
      super.frame(epoch, lane, type, module, payload);
      if (type == ANSWER) {
        answers.add(Thread.currentThread().getName());
        answered.incrementAndGet();
      }
    }
  }

  private final LinkFixture fixture = new LinkFixture();
  private final Threads heard = new Threads();
  private NettyLink a;
  private NettyLink b;

  @BeforeEach
  void connect() throws IOException {
    Assumptions.assumeTrue(Epoll.isAvailable());
    SocketWriter.Maker sockets =
        new SocketWriter.Maker() {
          @Override
          public Optional<SocketWriter> writer(int descriptor) {
            return Optional.empty();
          }

          @Override
          public Optional<SocketReader> reader(int descriptor) {
            return Optional.of(new Reader(new FileDescriptor(descriptor), new Random(5)));
          }
        };
    a =
        fixture.start(
            LinkFixture.writing(sockets),
            LinkFixture.KEY,
            fixture.helloA,
            "desk-b",
            fixture.addressA,
            fixture.addressB,
            heard);
    b = fixture.startB();
    await().atMost(Duration.ofSeconds(10)).until(() -> heard.isUp() && fixture.b.isUp());
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void says(byte type, int number, int bytes) {
    ByteBuffer payload = ByteBuffer.allocate(Math.max(4, bytes)).putInt(0, number);
    assertThat(b.send(fixture.b.epoch(), OPERATIONS, type, 1, payload))
        .as("is up: %s, %s", heard.downReasons, fixture.b.downReasons)
        .isTrue();
  }

  /** Reads as one that waits does, until {@code over}. */
  private Thread waiting(String name, AtomicBoolean over) {
    Thread thread =
        new Thread(
            () -> {
              while (!over.get()) {
                if (!a.read(heard.epoch(), ANSWER, over::get, LONG_NS)) {
                  Thread.onSpinWait();
                }
              }
            },
            name);
    thread.start();
    return thread;
  }

  private List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>();
    heard.frames.forEach(frame -> numbers.add(ByteBuffer.wrap(frame.payload()).getInt()));
    return numbers;
  }

  @Test
  void whoWaitsIsToldByItself() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Thread waiter = waiting("waiter", over);
    await().until(() -> sentOne() && heard.answers.contains("waiter"));
    over.set(true);
    waiter.join();
  }

  private boolean sentOne() {
    says(ANSWER, 0, 20);
    return true;
  }

  @Test
  void nothingIsLostOrOutOfOrderWhoeverReads() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> waiters = List.of(waiting("one", over), waiting("two", over));
    Random random = new Random(3);
    int count = 6000;
    for (int i = 0; i < count; i++) {
      boolean answer = random.nextInt(40) > 0;
      says(answer ? ANSWER : OTHER, i, random.nextInt(200) == 0 ? 9000 : random.nextInt(60));
      if (random.nextInt(300) == 0) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
      }
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> heard.frames.size() == count);
    over.set(true);
    for (Thread waiter : waiters) {
      waiter.join();
    }
    List<Integer> numbers = numbers();
    for (int i = 0; i < count; i++) {
      assertThat(numbers.get(i)).isEqualTo(i);
    }
    assertThat(heard.answers).contains("one").contains("two");
    assertThat(heard.downs).isEmpty();
  }

  @Test
  void theLoopReadsAgainWhenNobodyWaits() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Thread waiter = waiting("waiter", over);
    await().until(() -> sentOne() && heard.answers.contains("waiter"));
    over.set(true);
    waiter.join();
    int before = heard.frames.size();
    heard.answers.clear();
    says(ANSWER, 1, 20);
    await().atMost(Duration.ofSeconds(5)).until(() -> heard.frames.size() > before);
    await().until(() -> sentOne() && heard.answers.stream().anyMatch(n -> n.startsWith("link-")));
  }

  @Test
  void aConnectionThatEndsUnderAWaiterComesBack() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Thread waiter = waiting("waiter", over);
    await().until(() -> sentOne() && heard.answers.contains("waiter"));
    a.drop(heard.epoch(), "the test wants it");
    await().atMost(Duration.ofSeconds(5)).until(() -> !heard.downs.isEmpty());
    await().atMost(Duration.ofSeconds(10)).until(() -> heard.isUp() && fixture.b.isUp());
    heard.answers.clear();
    await().until(() -> sentOne() && heard.answers.contains("waiter"));
    over.set(true);
    waiter.join();
    assertThat(b.send(fixture.b.epoch(), BULK, OTHER, 1, ByteBuffer.allocate(4))).isTrue();
  }
}

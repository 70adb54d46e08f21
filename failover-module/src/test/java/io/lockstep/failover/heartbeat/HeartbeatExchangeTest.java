package io.lockstep.failover.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.PeerStatus;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two exchanges over two networks that the test carries by hand, in virtual time. */
class HeartbeatExchangeTest {
  private static final byte[] KEY = {1, 2, 3, 4};
  private static final long MS = 1_000_000;

  private final List<byte[]> sent = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private long now;
  private HeartbeatExchange a;
  private HeartbeatExchange b;

  private HeartbeatExchange exchange(String name, String peer, HeartbeatExchange.Carrier carrier) {
    return new HeartbeatExchange(
        new HeartbeatService.Identity("c", name, peer, new UUID(0, 1), "boot", KEY),
        HeartbeatSettings.of(Duration.ofSeconds(1), Duration.ofSeconds(30)),
        2,
        UUID.randomUUID(),
        Map::of,
        () -> now,
        new HeartbeatListener() {
          @Override
          public void heard(Map<String, PeerStatus> modules) {
            told.add(name + " heard");
          }

          @Override
          public void silent(long silentNs) {
            told.add(name + " silent");
          }

          @Override
          public void back() {}

          @Override
          public void goodbye(boolean clean, Map<String, PeerStatus> modules) {
            told.add(name + " goodbye");
          }

          @Override
          public void processGone(String evidence) {}

          @Override
          public void frozen(long gapNs) {
            told.add(name + " frozen");
          }

          @Override
          public void goodbyePrepared(byte[] datagram) {}
        },
        carrier);
  }

  @BeforeEach
  void meet() {
    b =
        exchange(
            "b",
            "a",
            (path, bytes) -> {
              if (path == 0) {
                sent.add(bytes);
              }
            });
    a = exchange("a", "b", (path, bytes) -> b.received(path, ByteBuffer.wrap(bytes)));
    for (int i = 0; i < 3; i++) {
      beat(0, 1);
    }
    told.clear();
    sent.clear();
  }

  /** One heartbeat of both; b's arrives on these networks. */
  private void beat(int... networks) {
    now += 1_000 * MS;
    a.tick();
    b.tick();
    for (byte[] bytes : List.copyOf(sent)) {
      for (int network : networks) {
        a.received(network, ByteBuffer.wrap(bytes));
      }
    }
    sent.clear();
  }

  @Test
  void eachNetworkThatBringsAHeartbeatIsHeardAndItsContentIsTakenOnce() {
    beat(0, 1);
    assertThat(a.heardNs()).containsExactly(now, now);
    assertThat(told.stream().filter("a heard"::equals)).hasSize(1);
  }

  @Test
  void lossIsCountedByNetwork() {
    List<HeartbeatService.PathStatistics> before = a.statistics();
    beat(0);
    beat(0);
    beat(0, 1);
    assertThat(a.statistics().get(0).lost() - before.get(0).lost()).isZero();
    assertThat(a.statistics().get(0).received() - before.get(0).received()).isEqualTo(3);
    assertThat(a.statistics().get(1).lost() - before.get(1).lost()).isEqualTo(2);
  }

  @Test
  void jitterIsHowUnevenlyHeartbeatsArriveAndLossIsNone() {
    for (int i = 0; i < 50; i++) {
      beat(0);
      beat(0, 1);
    }
    assertThat(a.statistics().get(0).jitterNs()).isLessThan(MS);
    assertThat(a.statistics().get(1).jitterNs()).as("half are lost").isLessThan(5 * MS);
    long start = now;
    for (int i = 1; i <= 100; i++) {
      now = start + i * 1_000 * MS;
      a.tick();
      b.tick();
      now += i % 2 * 400 * MS;
      for (byte[] bytes : List.copyOf(sent)) {
        a.received(0, ByteBuffer.wrap(bytes));
      }
      sent.clear();
    }
    assertThat(a.statistics().get(0).jitterNs()).isBetween(390 * MS, 400 * MS);
  }

  @Test
  void aHeartbeatRepeatedOnItsNetworkIsNobodysSignOfLife() {
    now += 1_000 * MS;
    b.tick();
    byte[] old = sent.get(0);
    a.received(0, ByteBuffer.wrap(old));
    long heard = a.heardNs().get(0);
    for (int i = 0; i < 40; i++) {
      now += 1_000 * MS;
      a.received(0, ByteBuffer.wrap(old));
      a.tick();
    }
    assertThat(a.heardNs().get(0)).isEqualTo(heard);
    assertThat(told).contains("a silent");
    long before = a.heardNs().get(1);
    b.tick();
    a.received(0, ByteBuffer.wrap(sent.get(sent.size() - 1)));
    a.received(1, ByteBuffer.wrap(old));
    assertThat(a.heardNs().get(1)).as("older than what counts now").isEqualTo(before);
  }

  /** The peer may have taken over since it sent what waited in the socket. */
  @Test
  void whatWaitedWhileThisProcessStoodStillIsNotTakenForThePeerAsItIs() {
    List<byte[]> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      now += 1_000 * MS;
      b.tick();
    }
    waiting.addAll(sent);
    sent.clear();
    for (byte[] bytes : waiting) {
      a.received(0, ByteBuffer.wrap(bytes));
      a.received(1, ByteBuffer.wrap(bytes));
    }
    a.tick();
    assertThat(told).filteredOn(each -> each.startsWith("a")).containsExactly("a frozen");
    b.tick();
    now += 1_000 * MS;
    a.tick();
    told.clear();
    beat(0, 1);
    assertThat(told).as("sent after the peer heard this one again").contains("a heard");
  }

  @Test
  void twoThatBothStoodStillHearEachOtherAgain() {
    now += 20_000 * MS;
    for (int i = 0; i < 4; i++) {
      beat(0, 1);
    }
    assertThat(told).contains("a frozen", "b frozen", "a heard", "b heard");
    assertThat(told.lastIndexOf("a heard")).isGreaterThan(told.lastIndexOf("a frozen"));
    assertThat(told).doesNotContain("a silent", "b silent");
  }

  @Test
  void aGoodbyeThatWaitedCounts() {
    byte[] goodbye = b.goodbye(Map.of());
    now += 20_000 * MS;
    a.received(0, ByteBuffer.wrap(goodbye));
    assertThat(told).containsExactly("a goodbye");
  }

  @Test
  void aGoodbyeOnTwoNetworksIsToldOnce() {
    byte[] goodbye = b.goodbye(Map.of());
    a.received(0, ByteBuffer.wrap(goodbye));
    a.received(1, ByteBuffer.wrap(goodbye));
    assertThat(told).containsExactly("a goodbye");
  }
}

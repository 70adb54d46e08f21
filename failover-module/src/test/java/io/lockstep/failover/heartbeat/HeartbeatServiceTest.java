package io.lockstep.failover.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeartbeatServiceTest {
  private static final byte[] KEY = {1, 2, 3, 4};
  private final List<AutoCloseable> open = new ArrayList<>();
  private InetSocketAddress atA;
  private InetSocketAddress atB;

  /** Notes what it is told. */
  private static final class Notes implements HeartbeatListener {
    final List<String> told = new CopyOnWriteArrayList<>();
    volatile Map<String, PeerStatus> last = Map.of();

    @Override
    public void heard(Map<String, PeerStatus> modules) {
      last = modules;
      told.add("heard");
    }

    @Override
    public void silent(long silentNs) {
      told.add("silent");
    }

    @Override
    public void back() {
      told.add("back");
    }

    @Override
    public void goodbye(boolean clean, Map<String, PeerStatus> modules) {
      told.add("goodbye " + clean + " " + modules.size());
    }

    @Override
    public void processGone(String evidence) {
      told.add("gone");
    }

    @Override
    public void frozen(long gapNs) {
      told.add("frozen");
    }

    @Override
    public void goodbyePrepared(byte[] datagram) {
      told.add("prepared");
    }

    long count(String what) {
      return told.stream().filter(what::equals).count();
    }
  }

  @BeforeEach
  void ports() throws IOException {
    atA = free();
    atB = free();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static InetSocketAddress free() throws IOException {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return (InetSocketAddress) channel.getLocalAddress();
    }
  }

  private HeartbeatService node(String name, byte[] key, HeartbeatListener listener)
      throws IOException {
    boolean isA = name.equals("a");
    HeartbeatService service =
        new HeartbeatService(
            new HeartbeatService.Identity(
                "c", name, isA ? "b" : "a", new UUID(0, isA ? 1 : 2), "boot", key),
            HeartbeatSettings.of(Duration.ofMillis(100), Duration.ofMillis(700)),
            List.of(new HeartbeatService.Path(isA ? atA : atB, isA ? atB : atA)),
            () ->
                Map.of(
                    "m", PeerStatus.of(Role.SECONDARY, new Generation(3, 4), DataState.CONSISTENT)),
            System::nanoTime,
            listener);
    open.add(service);
    service.start();
    return service;
  }

  @Test
  void nodesHearEachOtherAndNoticeTheEnd() throws IOException {
    Notes a = new Notes();
    Notes b = new Notes();
    node("a", KEY, a);
    HeartbeatService serviceB = node("b", KEY, b);
    await().until(() -> a.count("heard") >= 3 && b.count("heard") >= 3);
    assertThat(a.last.get("m"))
        .isEqualTo(PeerStatus.of(Role.SECONDARY, new Generation(3, 4), DataState.CONSISTENT));
    serviceB.close();
    await().atMost(Duration.ofSeconds(5)).until(() -> a.told.contains("gone"));
    Notes again = new Notes();
    node("b", KEY, again);
    await().until(() -> a.told.contains("back"));
  }

  @Test
  void anotherKeyIsNotHeard() throws IOException {
    Notes a = new Notes();
    node("a", KEY, a);
    node("b", new byte[] {9}, new Notes());
    await().until(() -> a.told.contains("silent"));
    assertThat(a.told).doesNotContain("heard");
  }

  @Test
  void preparedGoodbyeCountsOnceFromAnyPort() throws IOException {
    Notes a = new Notes();
    Notes b = new Notes();
    node("a", KEY, a);
    HeartbeatService serviceB = node("b", KEY, b);
    await().until(() -> b.told.contains("prepared") && a.count("heard") >= 1);
    byte[] goodbye = serviceB.preparedGoodbye();
    serviceB.close();
    for (int i = 0; i < 3; i++) {
      shout(goodbye, atA);
    }
    await().until(() -> a.told.contains("goodbye false 0"));
    // a new process of the same node: the recording of its predecessor's goodbye is worthless
    Notes again = new Notes();
    node("b", KEY, again);
    await().until(() -> again.count("heard") >= 2);
    long heard = a.count("heard");
    shout(goodbye, atA);
    await().until(() -> a.count("heard") >= heard + 3);
    assertThat(a.count("goodbye false 0")).isEqualTo(1);
  }

  @Test
  void cleanGoodbyeNamesTheFinalSequence() throws IOException {
    Notes a = new Notes();
    Notes b = new Notes();
    node("a", KEY, a);
    HeartbeatService serviceB = node("b", KEY, b);
    await().until(() -> b.count("heard") >= 1 && a.count("heard") >= 1);
    serviceB.goodbye(
        Map.of(
            "m",
            new PeerStatus(
                Role.STOPPED, new Generation(3, 4), 0, DataState.UP_TO_DATE, false, 77)));
    await().until(() -> a.told.contains("goodbye true 1"));
  }

  private static void shout(byte[] bytes, InetSocketAddress to) throws IOException {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.send(ByteBuffer.wrap(bytes), to);
    }
  }

  @Test
  void alteredDatagramsAreDropped() {
    DatagramCodec codec = new DatagramCodec(KEY);
    Datagram d =
        new Datagram(
            false, "c", "a", new UUID(0, 1), "boot", new UUID(1, 1), 5, Datagram.NONE, 0, Map.of());
    byte[] bytes = codec.encode(d);
    assertThat(codec.decode(ByteBuffer.wrap(bytes))).isEqualTo(d);
    for (int i = 0; i < bytes.length; i++) {
      byte[] altered = bytes.clone();
      altered[i] ^= 1;
      assertThat(codec.decode(ByteBuffer.wrap(altered))).as("byte " + i).isNull();
      assertThat(codec.decode(ByteBuffer.wrap(bytes, 0, i))).isNull();
    }
  }
}

package io.lockstep.replicator.link;

import static io.lockstep.replicator.link.LinkFixture.KEY;
import static io.lockstep.replicator.link.LinkFixture.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that must not be talked to, and that both sides say why. */
@Timeout(30)
class LinkRefusalTest {
  private final LinkFixture fixture = new LinkFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private void startB(ClusterKey key, PeerHello hello) throws Exception {
    fixture.start(options(), key, hello, "desk-a", fixture.addressB, fixture.addressA, fixture.b);
  }

  private static PeerHello with(
      PeerHello hello, int version, String cluster, String node, UUID incarnation) {
    return new PeerHello(
        version,
        hello.capabilities(),
        cluster,
        node,
        incarnation,
        hello.boot(),
        hello.configurationHash(),
        hello.softwareVersion());
  }

  private void assertBothRefuse(String... words) {
    await().until(() -> !fixture.a.refusals.isEmpty() && !fixture.b.refusals.isEmpty());
    assertThat(fixture.a.refusals.get(0)).contains(words);
    assertThat(fixture.b.refusals.get(0)).contains(words);
    assertThat(fixture.a.ups).isEmpty();
    assertThat(fixture.b.ups).isEmpty();
  }

  @Test
  void foreignCluster() throws Exception {
    fixture.startA();
    PeerHello b = fixture.helloB;
    startB(KEY, with(b, 1, "elsewhere", "desk-b", b.incarnation()));
    assertBothRefuse("desk-a", "desk-b", "dispatch", "elsewhere");
  }

  @Test
  void unexpectedNode() throws Exception {
    fixture.startA();
    PeerHello b = fixture.helloB;
    startB(KEY, with(b, 1, b.cluster(), "desk-c", b.incarnation()));
    assertBothRefuse("expects desk-b", "desk-c");
  }

  @Test
  void versionTooFarAway() throws Exception {
    fixture.startA();
    PeerHello b = fixture.helloB;
    startB(KEY, with(b, 3, b.cluster(), "desk-b", b.incarnation()));
    assertBothRefuse("version 1", "version 3");
  }

  @Test
  void neighbouringVersionIsAccepted() throws Exception {
    fixture.startA();
    PeerHello b = fixture.helloB;
    startB(KEY, with(b, 2, b.cluster(), "desk-b", b.incarnation()));
    fixture.awaitBothUp();
    assertThat(fixture.a.peers.get(0).protocolVersion()).isEqualTo(2);
  }

  @Test
  void wrongKey() throws Exception {
    NettyLink a = fixture.startA();
    startB(LinkFixture.key(2), fixture.helloB);
    assertBothRefuse("keys", "differ");
    await().until(() -> a.counters().refusals() >= 3);
    assertThat(fixture.a.refusals).as("told once a minute for one reason").hasSize(1);
    assertThat(fixture.b.refusals).hasSize(1);
  }

  @Test
  void sameIncarnation() throws Exception {
    fixture.startA();
    PeerHello b = fixture.helloB;
    startB(KEY, with(b, 1, b.cluster(), "desk-b", fixture.helloA.incarnation()));
    assertBothRefuse("same incarnation");
  }

  @Test
  void sameName() throws Exception {
    fixture.startA();
    fixture.start(
        options(),
        KEY,
        with(fixture.helloA, 1, "dispatch", "desk-a", UUID.randomUUID()),
        "desk-b",
        fixture.addressB,
        fixture.addressA,
        fixture.b);
    assertBothRefuse("both nodes call themselves desk-a");
  }

  @Test
  void itself() throws Exception {
    fixture.start(
        options(), KEY, fixture.helloA, "desk-b", fixture.addressA, fixture.addressA, fixture.a);
    await().until(() -> !fixture.a.refusals.isEmpty());
    assertThat(fixture.a.refusals.get(0)).contains("desk-a has reached itself");
    assertThat(fixture.a.ups).isEmpty();
  }

  @Test
  void anotherConfigurationIsNotTheLinksBusiness() throws Exception {
    fixture.startA();
    fixture.startB();
    fixture.awaitBothUp();
    assertThat(fixture.a.peers.get(0).configurationHash()).isEqualTo("hash-of-desk-b");
  }

  @Test
  void aNodeCannotExpectItsOwnName() {
    assertThatThrownBy(
            () ->
                fixture.start(
                    options(),
                    KEY,
                    fixture.helloA,
                    "desk-a",
                    fixture.addressA,
                    fixture.addressB,
                    fixture.a))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

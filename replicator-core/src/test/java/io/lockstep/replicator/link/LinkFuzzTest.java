package io.lockstep.replicator.link;

import static io.lockstep.replicator.link.LinkFixture.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.slf4j.LoggerFactory;

/** Bytes that no correct peer sends, before and after authentication. */
class LinkFuzzTest {
  private static LinkFixture fixture;
  private static NettyLink victim;
  private static ListAppender<ILoggingEvent> lines;

  @BeforeContainer
  static void start() throws Exception {
    lines = new ListAppender<>();
    lines.start();
    logger().addAppender(lines);
    fixture = new LinkFixture();
    victim =
        fixture.start(
            LinkFixture.options(Duration.ofSeconds(20), Duration.ofMillis(300)),
            KEY,
            fixture.helloB,
            "desk-a",
            fixture.addressB,
            fixture.addressA,
            fixture.b);
  }

  @AfterContainer
  static void stop() throws Exception {
    fixture.close();
    logger().detachAppender(lines);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(NettyLink.class);
  }

  private static void assertNoErrors() {
    assertThat(lines.list.stream().filter(e -> e.getThrowableProxy() != null)).isEmpty();
  }

  @Property(tries = 60)
  void strangersAreClosedWithALogLineAtMost(
      @ForAll @Size(max = 600) byte[] bytes, @ForAll boolean framed, @ForAll byte type)
      throws Exception {
    int linesBefore = lines.list.size();
    try (RawPeer stranger = new RawPeer(fixture.addressB)) {
      sendQuietly(stranger, framed ? RawPeer.frame(type, bytes) : bytes);
      assertThat(stranger.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.b.ups.size()).isEqualTo(fixture.b.downs.size());
    assertThat(lines.list.size() - linesBefore).isLessThanOrEqualTo(2);
    assertNoErrors();
  }

  @Property(tries = 40)
  void anAuthenticatedPeerThatSendsNonsenseIsDroppedAndOthersComeUpAfterIt(
      @ForAll @Size(min = 8, max = 3000) byte[] bytes, @ForAll boolean bulk) throws Exception {
    bytes[0] |= (byte) 0x80; // a length that is never allowed
    int ups = fixture.b.ups.size();
    UUID start = UUID.randomUUID();
    try (RawPeer operations = connect(Link.Lane.OPERATIONS, start);
        RawPeer other = connect(Link.Lane.BULK, start)) {
      await().pollDelay(Duration.ZERO).until(() -> fixture.b.ups.size() == ups + 1);
      RawPeer rude = bulk ? other : operations;
      rude.send((byte) 99, Arrays.copyOf(bytes, 5));
      sendQuietly(rude, bytes);
      assertThat(rude.isClosedByPeer()).isTrue();
      assertThat((bulk ? operations : other).isClosedByPeer()).isTrue();
    }
    await().pollDelay(Duration.ZERO).until(() -> fixture.b.downs.size() == ups + 1);
    assertThat(victim.connected()).isFalse();
    assertNoErrors();
  }

  @Property(tries = 40)
  void aFrameWithAnyBitFlippedIsNeverDelivered(
      @ForAll @Size(max = 200) byte[] payload, @ForAll int place) throws Exception {
    int ups = fixture.b.ups.size();
    int delivered = fixture.b.frames.size();
    UUID start = UUID.randomUUID();
    byte[] frame = RawPeer.frame((byte) 77, payload);
    int bit = Math.floorMod(place, (frame.length - Frames.LENGTH_BYTES) * Byte.SIZE);
    frame[Frames.LENGTH_BYTES + bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
    try (RawPeer operations = connect(Link.Lane.OPERATIONS, start);
        RawPeer other = connect(Link.Lane.BULK, start)) {
      await().pollDelay(Duration.ZERO).until(() -> fixture.b.ups.size() == ups + 1);
      operations.send(frame);
      assertThat(operations.isClosedByPeer()).isTrue();
      assertThat(other.isClosedByPeer()).isTrue();
    }
    await().pollDelay(Duration.ZERO).until(() -> fixture.b.downs.size() == ups + 1);
    assertThat(fixture.b.frames.size()).isEqualTo(delivered);
  }

  private static RawPeer connect(Link.Lane lane, UUID start) throws Exception {
    return RawPeer.authenticated(fixture.addressB, fixture.helloA, "desk-b", lane, start);
  }

  private static void sendQuietly(RawPeer peer, byte[] bytes) {
    try {
      peer.send(bytes);
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset).*");
    }
  }
}

package io.lockstep.replicator.link;

import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.lockstep.replicator.port.SocketWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Two real links over loopback, closed together. */
final class LinkFixture implements Closeable {
  static final byte TYPE = 20;
  static final ClusterKey KEY = key(1);

  final InetSocketAddress addressA = freeAddress();
  final InetSocketAddress addressB = freeAddress();
  final RecordingListener a = new RecordingListener();
  final RecordingListener b = new RecordingListener();
  final PeerHello helloA = hello("desk-a");
  final PeerHello helloB = hello("desk-b");
  private final List<Closeable> opened = new ArrayList<>();

  static LinkOptions options() {
    return options(Duration.ofMillis(1500), Duration.ofMillis(1500));
  }

  static LinkOptions options(Duration silence, Duration handshake) {
    LinkOptions options = LinkOptions.defaults().withSilence(silence);
    LinkOptions.Admission admission = options.admission();
    return options.withAdmission(
        new LinkOptions.Admission(admission.frames(), admission.connections(), handshake));
  }

  static LinkOptions transport(LinkOptions options, boolean epoll, boolean spin) {
    LinkOptions.Polling transport = options.transport();
    return options.withTransport(
        new LinkOptions.Polling(epoll, spin, transport.attentionNs(), transport.writers()));
  }

  /** With a way past the event loop. */
  static LinkOptions writing(SocketWriter.Maker writers) {
    LinkOptions options = options();
    LinkOptions.Polling transport = options.transport();
    return options.withTransport(
        new LinkOptions.Polling(
            transport.epoll(), transport.spin(), transport.attentionNs(), writers));
  }

  static ClusterKey key(int fill) {
    byte[] bytes = new byte[ClusterKey.LENGTH];
    Arrays.fill(bytes, (byte) fill);
    return ClusterKey.of(bytes);
  }

  static PeerHello hello(String node) {
    return new PeerHello(
        NettyLink.PROTOCOL_VERSION,
        List.of("lz4", "touched"),
        "dispatch",
        node,
        UUID.nameUUIDFromBytes(node.getBytes(StandardCharsets.UTF_8)),
        "boot-of-" + node,
        "hash-of-" + node,
        "0.1.0");
  }

  static InetSocketAddress freeAddress() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  NettyLink startA() throws IOException {
    return start(options(), KEY, helloA, "desk-b", addressA, addressB, a);
  }

  NettyLink startB() throws IOException {
    return start(options(), KEY, helloB, "desk-a", addressB, addressA, b);
  }

  NettyLink start(
      LinkOptions options,
      ClusterKey key,
      PeerHello self,
      String expected,
      InetSocketAddress listen,
      InetSocketAddress peer,
      LinkListener listener)
      throws IOException {
    NettyLink link = NettyLink.start(options, key, self, expected, listen, peer, listener);
    closing(link::close);
    return link;
  }

  @CanIgnoreReturnValue
  <T extends Closeable> T closing(T resource) {
    opened.add(0, resource);
    return resource;
  }

  void awaitBothUp() {
    await().atMost(Duration.ofSeconds(10)).until(() -> a.isUp() && b.isUp());
  }

  static ByteBuffer bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteBuffer.wrap(bytes);
  }

  @Override
  public void close() throws IOException {
    for (Closeable resource : opened) {
      resource.close();
    }
  }
}

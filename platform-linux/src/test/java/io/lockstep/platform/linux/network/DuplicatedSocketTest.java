package io.lockstep.platform.linux.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.replicator.port.SocketReader;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real connection over loopback. */
@Timeout(20)
class DuplicatedSocketTest {
  private SocketChannel sender;
  private SocketChannel receiver;
  private DuplicatedSocket writer;

  @BeforeEach
  void connect() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      sender = SocketChannel.open();
      sender.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 14);
      sender.connect(server.getLocalAddress());
      receiver = server.accept();
      writer = DuplicatedSocket.of(descriptorOf(sender));
    }
  }

  /** The JDK keeps it to itself. */
  private static int descriptorOf(SocketChannel channel) throws ReflectiveOperationException {
    Method number = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
    number.setAccessible(true);
    return (int) number.invoke(channel);
  }

  @AfterEach
  void close() throws IOException {
    writer.close();
    sender.close();
    receiver.close();
  }

  private int send(int bytes) throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; i++) {
      data.put(i, (byte) i);
    }
    return writer.send(NativeMemory.address(data), bytes);
  }

  @Test
  void whatIsSentArrives() throws IOException {
    assertThat(send(100)).isEqualTo(100);
    ByteBuffer got = ByteBuffer.allocate(100);
    while (got.hasRemaining()) {
      assertThat(receiver.read(got)).isPositive();
    }
    assertThat(got.get(99)).isEqualTo((byte) 99);
  }

  @Test
  void aFullSocketTakesNothingAndNobodyWaits() throws IOException {
    int sent = send(1 << 20);
    for (int more = sent; more > 0; more = send(1 << 20)) {
      sent += more;
    }
    assertThat(sent).isPositive();
    assertThat(send(1)).isZero();
  }

  @Test
  void aConnectionThatBrokeIsAnError() throws IOException {
    receiver.setOption(StandardSocketOptions.SO_LINGER, 0);
    receiver.close();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                send(1);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("errno");
  }

  @Test
  void receivesWhatHasComeAndTellsTheEnd() throws Exception {
    try (DuplicatedSocket reader = DuplicatedSocket.of(descriptorOf(receiver))) {
      ByteBuffer got = ByteBuffer.allocateDirect(10);
      long address = NativeMemory.address(got);
      assertThat(reader.receive(address, 10)).isZero();
      long begun = System.nanoTime();
      reader.await(50);
      assertThat(System.nanoTime() - begun).isGreaterThan(40_000_000L);
      assertThat(send(3)).isEqualTo(3);
      reader.await(20_000);
      assertThat(reader.receive(address, 10)).isEqualTo(3);
      assertThat(got.get(2)).isEqualTo((byte) 2);
      writer.close();
      sender.close();
      reader.await(20_000);
      assertThat(reader.receive(address, 10)).isEqualTo(SocketReader.ENDED);
    }
  }

  @Test
  void outlivesItsOwnersDescriptorAndEndsTheConnectionWhenClosed() throws IOException {
    sender.close();
    assertThat(send(1)).isEqualTo(1);
    writer.close();
    ByteBuffer got = ByteBuffer.allocate(2);
    assertThat(receiver.read(got)).isEqualTo(1);
    assertThat(receiver.read(got)).isEqualTo(-1);
  }
}

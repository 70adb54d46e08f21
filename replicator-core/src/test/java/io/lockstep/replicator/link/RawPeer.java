package io.lockstep.replicator.link;

import io.lockstep.replicator.link.Handshake.Effect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.UUID;

/** The dialling side over a plain socket, for tests that misbehave. */
final class RawPeer implements Closeable {
  private static final int TIMEOUT_MS = 5000;

  final Socket socket = new Socket();
  private final DataInputStream in;

  RawPeer(InetSocketAddress address) throws IOException {
    socket.connect(address, TIMEOUT_MS);
    socket.setSoTimeout(TIMEOUT_MS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
  }

  /** Connects and proves to have the key. */
  static RawPeer authenticated(
      InetSocketAddress address, PeerHello self, String peer, Link.Lane lane, UUID session)
      throws Exception {
    RawPeer raw = new RawPeer(address);
    HelloMessage hello =
        new HelloMessage(
            HelloMessage.Role.DIALER,
            lane,
            UUID.randomUUID(),
            UUID.randomUUID(),
            session,
            session.getLeastSignificantBits(),
            self);
    Handshake.Step step = Handshake.dial(LinkFixture.KEY, peer, hello);
    while (true) {
      for (Effect effect : step.effects()) {
        if (effect instanceof Effect.Send send) {
          raw.send(send.type(), send.payload());
        } else if (effect instanceof Effect.Succeed) {
          return raw;
        } else {
          throw new IllegalStateException(effect.toString());
        }
      }
      int length = raw.in.readInt();
      byte[] body = raw.in.readNBytes(length);
      byte[] payload = java.util.Arrays.copyOfRange(body, Frames.HEADER, length);
      step = step.next().step(body[0], payload);
    }
  }

  static byte[] frame(byte type, byte[] payload) {
    ByteBuf frame =
        Frames.encode(
            UnpooledByteBufAllocator.DEFAULT, type, 1, payload.length, ByteBuffer.wrap(payload));
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes);
    frame.release();
    return bytes;
  }

  void send(byte type, byte[] payload) throws IOException {
    send(frame(type, payload));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Reads until the other side closes; true when it did within the time limit. */
  boolean isClosedByPeer() throws IOException {
    byte[] rest = new byte[4096];
    try {
      int read = in.read(rest);
      while (read >= 0) {
        read = in.read(rest);
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

package io.lockstep.replicator.link;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The first frame of each side. The version and the order of the fields stay as they are in all
 * versions; later versions append, and what follows the known fields is ignored.
 *
 * @param lane the dialling side's choice, repeated by the other
 * @param nonceHigh half of 244 random bits, new for every connection
 * @param nonceLow the other half
 * @param session random, drawn when the process started: tells a restarted peer
 * @param attempt drawn by the dialling side; both lanes of one attempt have the same
 */
record HelloMessage(
    Role role,
    Link.Lane lane,
    UUID nonceHigh,
    UUID nonceLow,
    UUID session,
    long attempt,
    PeerHello peer) {

  /** Which side of the connection the sender is. */
  enum Role {
    DIALER(0),
    ACCEPTOR(1);

    private final int code;

    Role(int code) {
      this.code = code;
    }

    byte code() {
      return (byte) code;
    }

    Role other() {
      return this == DIALER ? ACCEPTOR : DIALER;
    }
  }

  private static final int MAX_STRING = 1024;
  private static final int MAX_CAPABILITIES = 64;

  /** The same connection's hello of the accepting side. */
  HelloMessage answering(HelloMessage dialer) {
    return new HelloMessage(
        Role.ACCEPTOR, dialer.lane, nonceHigh, nonceLow, session, dialer.attempt, peer);
  }

  /** The lane's number on the wire. */
  static byte code(Link.Lane lane) {
    return (byte) (lane == Link.Lane.OPERATIONS ? 0 : 1);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeShort(peer.protocolVersion());
      out.writeByte(role.code());
      out.writeByte(code(lane));
      write(out, nonceHigh);
      write(out, nonceLow);
      write(out, session);
      out.writeLong(attempt);
      write(out, peer.cluster());
      write(out, peer.node());
      write(out, peer.incarnation());
      write(out, peer.boot());
      write(out, peer.configurationHash());
      write(out, peer.softwareVersion());
      if (peer.capabilities().size() > MAX_CAPABILITIES) {
        throw new IllegalArgumentException("more than " + MAX_CAPABILITIES + " capabilities");
      }
      out.writeByte(peer.capabilities().size());
      for (String capability : peer.capabilities()) {
        write(out, capability);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_STRING) {
      throw new IllegalArgumentException("longer than " + MAX_STRING + " bytes: " + text);
    }
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  static HelloMessage decode(byte[] payload) throws Frames.Malformed {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      int version = in.readUnsignedShort();
      Role role = flag(in.readUnsignedByte()) ? Role.ACCEPTOR : Role.DIALER;
      Link.Lane lane = flag(in.readUnsignedByte()) ? Link.Lane.BULK : Link.Lane.OPERATIONS;
      UUID nonceHigh = readId(in);
      UUID nonceLow = readId(in);
      UUID session = readId(in);
      long attempt = in.readLong();
      String cluster = readText(in);
      String node = readText(in);
      UUID incarnation = readId(in);
      String boot = readText(in);
      String configurationHash = readText(in);
      String softwareVersion = readText(in);
      int count = in.readUnsignedByte();
      if (count > MAX_CAPABILITIES) {
        throw new Frames.Malformed("a hello with " + count + " capabilities");
      }
      List<String> capabilities = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        capabilities.add(readText(in));
      }
      PeerHello peer =
          new PeerHello(
              version,
              List.copyOf(capabilities),
              cluster,
              node,
              incarnation,
              boot,
              configurationHash,
              softwareVersion);
      return new HelloMessage(role, lane, nonceHigh, nonceLow, session, attempt, peer);
    } catch (EOFException e) {
      throw new Frames.Malformed("a hello that ends too early");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean flag(int value) throws Frames.Malformed {
    if (value > 1) {
      throw new Frames.Malformed("a hello with the unknown value " + value);
    }
    return value == 1;
  }

  private static UUID readId(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private static String readText(DataInputStream in) throws IOException, Frames.Malformed {
    int length = in.readUnsignedShort();
    if (length > MAX_STRING) {
      throw new Frames.Malformed("a hello with a text of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

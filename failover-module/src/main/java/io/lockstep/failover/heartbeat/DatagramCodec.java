package io.lockstep.failover.heartbeat;

import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Datagrams on the wire, big-endian, with an HMAC-SHA256 of the cluster key at the end. Nothing is
 * looked at before the code has been checked. For one thread.
 */
final class DatagramCodec {
  static final int MAX_BYTES = 60_000;
  private static final int MAGIC = 0x4C53_4842;
  private static final byte VERSION = 1;
  private static final int CODE_BYTES = 32;
  private static final int ASKS_OUTDATED = 1;
  private static final int APPLICATION_FAILS = 2;
  private static final int PAUSED = 4;
  private final Mac mac;
  private final ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);

  DatagramCodec(byte[] key) {
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the cluster key cannot be used", e);
    }
  }

  byte[] encode(Datagram d) {
    out.clear();
    out.putInt(MAGIC).put(VERSION).put((byte) (d.goodbye() ? 1 : 0));
    text(out, d.cluster());
    text(out, d.node());
    uuid(out, d.incarnation());
    text(out, d.boot());
    uuid(out, d.session());
    out.putLong(d.counter());
    uuid(out, d.echo());
    out.putLong(d.heard());
    out.putShort((short) d.modules().size());
    d.modules().forEach((name, status) -> module(out, name, status));
    mac.update(out.array(), 0, out.position());
    out.put(mac.doFinal());
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  /** The datagram; null if it is not genuine or makes no sense. */
  Datagram decode(ByteBuffer in) {
    int length = in.remaining() - CODE_BYTES;
    if (length < 8 || in.getInt(in.position()) != MAGIC) {
      return null;
    }
    byte[] body = new byte[length];
    byte[] code = new byte[CODE_BYTES];
    in.get(body).get(code);
    mac.update(body);
    if (!MessageDigest.isEqual(mac.doFinal(), code)) {
      return null;
    }
    try {
      return read(ByteBuffer.wrap(body));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return null;
    }
  }

  private static Datagram read(ByteBuffer in) {
    in.getInt();
    if (in.get() < 1) {
      throw new IllegalArgumentException("version");
    }
    boolean goodbye = in.get() == 1;
    String cluster = text(in);
    String node = text(in);
    UUID incarnation = uuid(in);
    String boot = text(in);
    UUID session = uuid(in);
    long counter = in.getLong();
    UUID echo = uuid(in);
    long heard = in.getLong();
    Map<String, PeerStatus> modules = new HashMap<>();
    for (int i = Short.toUnsignedInt(in.getShort()); i > 0; i--) {
      modules.put(text(in), module(in));
    }
    return new Datagram(
        goodbye, cluster, node, incarnation, boot, session, counter, echo, heard, modules);
  }

  private static PeerStatus module(ByteBuffer in) {
    Role role = pick(Role.values(), in.get());
    Generation generation = new Generation(in.getLong(), in.getLong());
    long view = in.getLong();
    DataState data = pick(DataState.values(), in.get());
    int flags = in.get();
    return new PeerStatus(
        role,
        generation,
        view,
        data,
        (flags & ASKS_OUTDATED) != 0,
        in.getLong(),
        (flags & APPLICATION_FAILS) != 0,
        (flags & PAUSED) != 0);
  }

  private static void module(ByteBuffer out, String name, PeerStatus s) {
    text(out, name);
    out.put((byte) s.role().ordinal());
    out.putLong(s.generation().high()).putLong(s.generation().low()).putLong(s.view());
    int flags =
        (s.asksOutdated() ? ASKS_OUTDATED : 0)
            | (s.applicationFails() ? APPLICATION_FAILS : 0)
            | (s.paused() ? PAUSED : 0);
    out.put((byte) s.dataState().ordinal()).put((byte) flags);
    out.putLong(s.handsOverAt());
  }

  private static <E> E pick(E[] values, int ordinal) {
    if (ordinal < 0 || ordinal >= values.length) {
      throw new IllegalArgumentException("unknown value");
    }
    return values[ordinal];
  }

  private static void text(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) bytes.length).put(bytes);
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void uuid(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer in) {
    return new UUID(in.getLong(), in.getLong());
  }
}

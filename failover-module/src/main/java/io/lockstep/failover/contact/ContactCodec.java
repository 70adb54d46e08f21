package io.lockstep.failover.contact;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The wire form of a {@link ContactMessage} and its {@link ContactRecord}, big-endian. Fields are
 * only ever added at the end, so that a reader of the version before finds what it knows.
 */
public final class ContactCodec {
  private static final byte VERSION = 1;
  private static final int MAX_LIST = 4096;
  private static final int MAX_TEXT = 1024;

  private ContactCodec() {}

  /** The message as bytes: kind u8, question i64, record. */
  public static byte[] encode(ContactMessage message) {
    byte[] record = encode(message.record());
    return ByteBuffer.allocate(1 + Long.BYTES + record.length)
        .put((byte) message.kind().ordinal())
        .putLong(message.question())
        .put(record)
        .array();
  }

  /**
   * Reads a message.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static ContactMessage decodeMessage(ByteBuffer in) {
    try {
      ContactMessage.Kind kind = pick(ContactMessage.Kind.values(), in.get());
      return new ContactMessage(kind, in.getLong(), decode(in));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("contact message is too short", e);
    }
  }

  /** The record as bytes. */
  public static byte[] encode(ContactRecord r) {
    byte[] cluster = r.cluster().getBytes(StandardCharsets.UTF_8);
    byte[] module = r.module().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(
            256
                + cluster.length
                + module.length
                + 40 * r.history().size()
                + 16 * r.barred().size());
    out.put(VERSION);
    text(out, cluster);
    text(out, module);
    uuid(out, r.incarnation());
    generation(out, r.generation());
    out.putShort((short) r.history().size());
    for (Ancestor fork : r.history()) {
      generation(out, fork.generation());
      generation(out, fork.parent());
      out.putLong(fork.forkSequence());
    }
    out.put((byte) r.role().ordinal()).put((byte) r.dataState().ordinal());
    out.put((byte) flags(r));
    out.putLong(r.lastSequence()).putLong(r.durableSequence()).putLong(r.checkpoint());
    out.putLong(r.resendFrom());
    uuid(out, r.mapBasePeer() == null ? new UUID(0, 0) : r.mapBasePeer());
    out.putLong(r.mapBaseSequence());
    generation(out, r.yieldsTo());
    out.putShort((short) r.barred().size());
    new TreeSet<>(r.barred()).forEach(id -> uuid(out, id));
    SplitBallot ballot = r.ballot();
    out.put((byte) ballot.policy().ordinal());
    out.putLong(ballot.aloneSinceMs()).putLong(ballot.changedBytes());
    out.put((byte) (ballot.named() ? 1 : 0));
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static int flags(ContactRecord r) {
    return (r.wasPrimary() ? 1 : 0)
        | (r.clean() ? 2 : 0)
        | (r.lostPower() ? 4 : 0)
        | (r.empty() ? 8 : 0)
        | (r.verify() ? 16 : 0)
        | (r.hotSetKnown() ? 32 : 0);
  }

  /**
   * Reads a record; bytes beyond those known are those of a later version.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static ContactRecord decode(ByteBuffer in) {
    try {
      byte version = in.get();
      if (version < 1) {
        throw new IllegalArgumentException("contact record of unknown version " + version);
      }
      return read(in);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("contact record is too short", e);
    }
  }

  private static ContactRecord read(ByteBuffer in) {
    String cluster = text(in);
    String module = text(in);
    UUID incarnation = uuid(in);
    Generation generation = generation(in);
    List<Ancestor> history = new ArrayList<>();
    for (int i = count(in); i > 0; i--) {
      history.add(new Ancestor(generation(in), generation(in), in.getLong()));
    }
    Role role = pick(Role.values(), in.get());
    DataState state = pick(DataState.values(), in.get());
    int flags = in.get();
    long last = in.getLong();
    long durable = in.getLong();
    long checkpoint = in.getLong();
    long resendFrom = in.getLong();
    UUID base = uuid(in);
    long baseSequence = in.getLong();
    Generation yieldsTo = generation(in);
    Set<UUID> barred = new HashSet<>();
    for (int i = count(in); i > 0; i--) {
      barred.add(uuid(in));
    }
    // a record of the version before ends here
    SplitBallot ballot = in.hasRemaining() ? ballot(in) : SplitBallot.NONE;
    return new ContactRecord(
        cluster,
        module,
        incarnation,
        generation,
        history,
        role,
        (flags & 1) != 0,
        state,
        (flags & 2) != 0,
        (flags & 4) != 0,
        (flags & 8) != 0,
        (flags & 16) != 0,
        last,
        durable,
        checkpoint,
        resendFrom,
        (flags & 32) != 0,
        base.equals(new UUID(0, 0)) ? null : base,
        baseSequence,
        yieldsTo,
        barred,
        ballot);
  }

  private static SplitBallot ballot(ByteBuffer in) {
    SplitPolicy policy = pick(SplitPolicy.values(), in.get());
    return new SplitBallot(policy, in.getLong(), in.getLong(), in.get() != 0);
  }

  private static int count(ByteBuffer in) {
    int count = Short.toUnsignedInt(in.getShort());
    if (count > MAX_LIST) {
      throw new IllegalArgumentException("contact record with a list of " + count);
    }
    return count;
  }

  private static <E> E pick(E[] values, int ordinal) {
    if (ordinal < 0 || ordinal >= values.length) {
      throw new IllegalArgumentException("contact record with unknown value " + ordinal);
    }
    return values[ordinal];
  }

  private static void text(ByteBuffer out, byte[] bytes) {
    out.putShort((short) bytes.length).put(bytes);
  }

  private static String text(ByteBuffer in) {
    int length = Short.toUnsignedInt(in.getShort());
    if (length > MAX_TEXT) {
      throw new IllegalArgumentException("contact record with a name of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void uuid(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer in) {
    return new UUID(in.getLong(), in.getLong());
  }

  private static void generation(ByteBuffer out, Generation g) {
    out.putLong(g.high()).putLong(g.low());
  }

  private static Generation generation(ByteBuffer in) {
    return new Generation(in.getLong(), in.getLong());
  }
}

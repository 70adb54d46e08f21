package io.lockstep.replicator.state;

import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A {@link NodeRecord} as bytes. Newer versions append fields and raise the minor version; what
 * follows the fields known here is not looked at, so a node reads what its newer self wrote.
 */
final class NodeRecordCodec {
  private static final int MAJOR = 1;
  private static final int MINOR = 0;

  private NodeRecordCodec() {}

  static byte[] encode(NodeRecord record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeShort(MAJOR);
      out.writeShort(MINOR);
      out.writeUTF(record.cluster());
      out.writeUTF(record.module());
      write(out, record.incarnation());
      out.writeLong(record.view());
      out.writeLong(record.promisedView());
      write(out, record.generation());
      out.writeInt(record.history().size());
      for (Ancestor each : record.history()) {
        write(out, each);
      }
      out.writeBoolean(record.intent().isPresent());
      if (record.intent().isPresent()) {
        write(out, record.intent().get());
      }
      out.writeUTF(record.standing().name());
      out.writeBoolean(record.clean());
      out.writeLong(record.finalSequence());
      out.writeUTF(record.bootId());
      out.writeUTF(record.dataState().name());
      out.writeLong(record.ownCheckpoint());
      out.writeLong(record.peerCheckpoint());
      out.writeLong(record.journalDurable());
      out.writeLong(record.aloneSinceMs());
      writeRest(out, record);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeRest(DataOutputStream out, NodeRecord record) throws IOException {
    out.writeBoolean(false); // once a base of the map of changes, which the map has itself
    out.writeInt(record.barred().size());
    for (UUID each : new TreeSet<>(record.barred())) {
      write(out, each);
    }
    out.writeInt(record.notes().size());
    for (Map.Entry<String, String> each : new TreeMap<>(record.notes()).entrySet()) {
      out.writeUTF(each.getKey());
      out.writeUTF(each.getValue());
    }
  }

  /** Decodes; throws when the major version is newer or the bytes end too early. */
  static NodeRecord decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int major = in.readUnsignedShort();
    in.readUnsignedShort();
    if (major != MAJOR) {
      throw new IOException(
          "the node's state has format " + major + ", this software reads " + MAJOR);
    }
    return new NodeRecord(
        in.readUTF(),
        in.readUTF(),
        readUuid(in),
        in.readLong(),
        in.readLong(),
        readGeneration(in),
        readHistory(in),
        in.readBoolean() ? Optional.of(readAncestor(in)) : Optional.empty(),
        named(Standing.class, in),
        in.readBoolean(),
        in.readLong(),
        in.readUTF(),
        named(DataState.class, in),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        readBarred(skipBase(in)),
        readNotes(in));
  }

  private static <E extends Enum<E>> E named(Class<E> type, DataInputStream in) throws IOException {
    String name = in.readUTF();
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new IOException("the node's state names a " + type.getSimpleName() + " " + name, e);
    }
  }

  private static List<Ancestor> readHistory(DataInputStream in) throws IOException {
    List<Ancestor> history = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      history.add(readAncestor(in));
    }
    return history;
  }

  private static DataInputStream skipBase(DataInputStream in) throws IOException {
    if (in.readBoolean()) {
      readUuid(in);
      readGeneration(in);
      in.readLong();
    }
    return in;
  }

  private static Set<UUID> readBarred(DataInputStream in) throws IOException {
    Set<UUID> barred = new LinkedHashSet<>();
    for (int left = in.readInt(); left > 0; left--) {
      barred.add(readUuid(in));
    }
    return barred;
  }

  private static Map<String, String> readNotes(DataInputStream in) throws IOException {
    Map<String, String> notes = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      String key = in.readUTF();
      notes.put(key, in.readUTF());
    }
    return notes;
  }

  private static Ancestor readAncestor(DataInputStream in) throws IOException {
    return new Ancestor(readGeneration(in), readGeneration(in), in.readLong());
  }

  private static Generation readGeneration(DataInputStream in) throws IOException {
    return new Generation(in.readLong(), in.readLong());
  }

  private static UUID readUuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private static void write(DataOutputStream out, Ancestor ancestor) throws IOException {
    write(out, ancestor.generation());
    write(out, ancestor.parent());
    out.writeLong(ancestor.forkSequence());
  }

  private static void write(DataOutputStream out, Generation generation) throws IOException {
    out.writeLong(generation.high());
    out.writeLong(generation.low());
  }

  private static void write(DataOutputStream out, UUID uuid) throws IOException {
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }
}

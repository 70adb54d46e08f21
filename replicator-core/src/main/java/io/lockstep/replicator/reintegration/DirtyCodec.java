package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Binary form of dirty elements, one record an element or a part of one; a large element makes
 * several records that add up. Big-endian; the first byte tells the kind of record.
 */
final class DirtyCodec {
  static final byte FILE = 1;
  static final byte DIRECTORY = 2;
  static final byte EVERYTHING = 3;
  static final byte MOVED = 4;
  static final byte BASE = 5;
  static final byte REMOVED = 6;
  static final byte UNNUMBERED = 7;

  private static final int CREATED = 1;
  private static final int XATTRS = 2;
  private static final int ALL = 4;
  private static final int PART_BYTES = 128 * 1024;

  private DirtyCodec() {}

  /** Records of a whole map. */
  static List<ByteBuffer> encode(DirtyMap map) {
    List<ByteBuffer> records = new ArrayList<>();
    if (map.everything()) {
      records.add(ByteBuffer.allocate(1).put(EVERYTHING).flip());
    }
    map.forEachFile(file -> encode(file, records::add));
    map.forEachDirectory(directory -> encode(directory, records::add));
    return records;
  }

  /** A file's element. */
  static void encode(DirtyFile file, Consumer<ByteBuffer> into) {
    List<long[]> ranges = new ArrayList<>();
    file.exact.forEach((from, to) -> ranges.add(new long[] {0, from, to}));
    file.coarse.forEach((from, to) -> ranges.add(new long[] {1, from, to}));
    int perRecord = PART_BYTES / 17;
    int next = 0;
    do {
      int count = Math.min(perRecord, ranges.size() - next);
      int pathBytes = file.names().stream().mapToInt(name -> 3 + name.bytes().length).sum();
      ByteBuffer record = ByteBuffer.allocate(64 + pathBytes + count * 17);
      record.put(FILE);
      putId(record, file.id);
      record.put((byte) ((file.created ? CREATED : 0) | (file.xattrs ? XATTRS : 0)));
      record.putLong(file.lowWater);
      record.put((byte) file.names().size());
      file.names().forEach(name -> putPath(record, name));
      record.putInt(count);
      for (int i = 0; i < count; i++) {
        long[] range = ranges.get(next + i);
        record.put((byte) range[0]).putLong(range[1]).putLong(range[2]);
      }
      next += count;
      into.accept(record.flip());
    } while (next < ranges.size());
  }

  /** A directory's element. */
  static void encode(DirtyDirectory directory, Consumer<ByteBuffer> into) {
    List<byte[]> names = directory.names();
    int next = 0;
    int nameBytes = names.stream().mapToInt(name -> 1 + name.length).sum();
    int room = 64 + directory.path.bytes().length + Math.min(nameBytes, PART_BYTES + 512);
    do {
      ByteBuffer record = ByteBuffer.allocate(room);
      record.put(DIRECTORY);
      putId(record, directory.id);
      record.put((byte) (directory.all ? ALL : 0));
      putPath(record, directory.path);
      int countAt = record.position();
      record.putInt(0);
      int count = 0;
      while (next < names.size() && record.position() < PART_BYTES) {
        byte[] name = names.get(next++);
        record.put((byte) name.length).put(name);
        count++;
      }
      record.putInt(countAt, count);
      into.accept(record.flip());
    } while (next < names.size());
  }

  static ByteBuffer moved(TreePath from, TreePath to) {
    ByteBuffer record = ByteBuffer.allocate(7 + from.bytes().length + to.bytes().length);
    record.put(MOVED);
    putPath(record, from);
    putPath(record, to);
    return record.flip();
  }

  static ByteBuffer base(DirtyBase base, UUID session) {
    ByteBuffer record = ByteBuffer.allocate(1 + 16 + 16 + 8 + 16).put(BASE);
    putUuid(record, base.peer());
    record.putLong(base.generation().high()).putLong(base.generation().low());
    record.putLong(base.sequence());
    putUuid(record, session);
    return record.flip();
  }

  static DirtyBase base(ByteBuffer record) {
    UUID peer = new UUID(record.getLong(), record.getLong());
    return new DirtyBase(peer, generation(record), record.getLong());
  }

  static ByteBuffer unnumbered(Generation generation) {
    ByteBuffer record = ByteBuffer.allocate(1 + 16).put(UNNUMBERED);
    return record.putLong(generation.high()).putLong(generation.low()).flip();
  }

  static Generation generation(ByteBuffer record) {
    return new Generation(record.getLong(), record.getLong());
  }

  static UUID uuid(ByteBuffer record) {
    return new UUID(record.getLong(), record.getLong());
  }

  /**
   * Adds one record to {@code map}, merging it with what is there of the same element.
   *
   * @throws IOException if the record is none of those that {@link #encode} makes
   */
  static void decode(byte kind, ByteBuffer record, DirtyMap map) throws IOException {
    try {
      switch (kind) {
        case FILE -> file(record, map);
        case DIRECTORY -> directory(record, map);
        case EVERYTHING -> map.markEverything();
        case MOVED -> map.moved(path(record), path(record));
        default -> throw new IOException("unknown kind " + kind + " of dirty element");
      }
    } catch (RuntimeException e) {
      throw new IOException("malformed dirty element of kind " + kind, e);
    }
  }

  private static void file(ByteBuffer record, DirtyMap map) {
    DirtyFile file = new DirtyFile(id(record));
    int flags = record.get();
    file.created = (flags & CREATED) != 0;
    file.xattrs = (flags & XATTRS) != 0;
    file.lowWater = record.getLong();
    for (int names = record.get(); names > 0; names--) {
      file.addName(path(record));
    }
    for (int count = record.getInt(); count > 0; count--) {
      RangeSet ranges = record.get() == 0 ? file.exact : file.coarse;
      ranges.add(record.getLong(), record.getLong());
    }
    DirtyFile known = map.file(file.id);
    if (known != null) {
      file.unite(known);
    }
    map.put(file);
  }

  private static void directory(ByteBuffer record, DirtyMap map) {
    FileId id = id(record);
    boolean all = (record.get() & ALL) != 0;
    DirtyDirectory directory = new DirtyDirectory(id, path(record));
    for (int count = record.getInt(); count > 0; count--) {
      byte[] name = new byte[Byte.toUnsignedInt(record.get())];
      record.get(name);
      directory.add(name);
    }
    if (all) {
      directory.all();
    }
    DirtyDirectory known = map.directory(id);
    if (known != null) {
      directory.mergeOlder(known);
    }
    map.put(directory);
  }

  private static void putUuid(ByteBuffer record, UUID uuid) {
    record.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  static void putId(ByteBuffer record, FileId id) {
    record.putLong(id.epoch()).putLong(id.number());
  }

  static FileId id(ByteBuffer record) {
    return new FileId(record.getLong(), record.getLong());
  }

  static void putPath(ByteBuffer record, TreePath path) {
    record.put((byte) path.directory()).putShort((short) path.bytes().length).put(path.bytes());
  }

  static TreePath path(ByteBuffer record) {
    int directory = Byte.toUnsignedInt(record.get());
    byte[] bytes = new byte[Short.toUnsignedInt(record.getShort())];
    record.get(bytes);
    return TreePath.of(directory, bytes);
  }
}

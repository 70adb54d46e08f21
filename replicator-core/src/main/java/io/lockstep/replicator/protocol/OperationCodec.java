package io.lockstep.replicator.protocol;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Operations as bytes, on the link and in the journal; big-endian. The layout is
 *
 * <pre>
 * type u8 · id 16 · directory u8 · path u16+bytes · timeNs i64 · what the type adds
 * </pre>
 *
 * <p>Decoding trusts nothing: every length is checked against what is there, every path against
 * {@link TreePath}'s rules, every enum against its range; whatever does not fit is a {@link
 * MalformedException}. A decoded {@link Operation.Write} refers to the buffer it was decoded from.
 */
public final class OperationCodec {
  private static final byte WRITE = 1;
  private static final byte TRUNCATE = 2;
  private static final byte ALLOCATE = 3;
  private static final byte CREATE = 4;
  private static final byte LINK = 5;
  private static final byte REMOVE = 6;
  private static final byte RENAME = 7;
  private static final byte EXCHANGE = 8;
  private static final byte SET_ATTRIBUTES = 9;
  private static final byte SET_XATTR = 10;
  private static final byte REMOVE_XATTR = 11;
  private static final byte IDENTIFY = 12;
  private static final byte COMPENSATE = 13;

  /** All others are the kind of a file, which no peer may change by way of its permissions. */
  private static final int PERMISSION_BITS = 07777;

  private static final int COMMON_BYTES = 1 + FileId.BYTES + 1 + 2 + 8;
  private static final int FIXED_BYTES = 3 * FileId.BYTES + 40;
  private static final int MAX_XATTR_BYTES = 65536;

  private OperationCodec() {}

  /** Room that is enough for {@link #encode}. */
  public static int maxBytes(Operation operation) {
    int room = COMMON_BYTES + FIXED_BYTES + operation.path().bytes().length;
    if (operation instanceof Operation.Compensate o) {
      return 1 + 8 + maxBytes(o.outcome());
    } else if (operation instanceof Operation.Write o) {
      return room + o.data().remaining();
    } else if (operation instanceof Operation.Create o) {
      return room + o.file().target().length;
    } else if (operation instanceof Operation.Link o) {
      return room + o.existing().bytes().length;
    } else if (operation instanceof Operation.Rename o) {
      return room + o.to().bytes().length;
    } else if (operation instanceof Operation.Exchange o) {
      return room + o.otherPath().bytes().length;
    } else if (operation instanceof Operation.SetXattr o) {
      return room + o.name().length + o.value().length;
    } else if (operation instanceof Operation.RemoveXattr o) {
      return room + o.name().length;
    }
    return room;
  }

  /** Writes {@code operation} at the buffer's position; data buffers keep their position. */
  public static void encode(Operation operation, ByteBuffer into) {
    if (operation instanceof Operation.Compensate o) {
      encode(o.outcome(), into.put(COMPENSATE).putLong(o.failedSequence()));
    } else if (operation instanceof Operation.Write o) {
      common(into, WRITE, o)
          .putLong(o.offset())
          .putInt(o.data().remaining())
          .put(o.data().duplicate());
    } else if (operation instanceof Operation.Truncate o) {
      common(into, TRUNCATE, o).putLong(o.sizeBytes());
    } else if (operation instanceof Operation.Allocate o) {
      common(into, ALLOCATE, o)
          .put((byte) o.how().ordinal())
          .putLong(o.offset())
          .putLong(o.lengthBytes());
    } else if (operation instanceof Operation.Create o) {
      newFile(id(common(into, CREATE, o), o.parent()), o.file());
    } else if (operation instanceof Operation.Link o) {
      path(id(common(into, LINK, o), o.parent()), o.existing());
    } else if (operation instanceof Operation.Remove o) {
      id(common(into, REMOVE, o), o.parent()).put((byte) (o.directory() ? 1 : 0));
    } else if (operation instanceof Operation.Rename o) {
      path(id(id(id(common(into, RENAME, o), o.parent()), o.toParent()), o.replaced()), o.to());
    } else if (operation instanceof Operation.Exchange o) {
      path(
          id(id(id(common(into, EXCHANGE, o), o.parent()), o.other()), o.otherParent()),
          o.otherPath());
    } else if (operation instanceof Operation.SetAttributes o) {
      change(common(into, SET_ATTRIBUTES, o), o.change());
    } else if (operation instanceof Operation.SetXattr o) {
      bytes(common(into, SET_XATTR, o), o.name());
      into.putInt(o.value().length).put(o.value());
    } else if (operation instanceof Operation.RemoveXattr o) {
      bytes(common(into, REMOVE_XATTR, o), o.name());
    } else if (operation instanceof Operation.Identify o) {
      common(into, IDENTIFY, o);
    }
  }

  private static ByteBuffer common(ByteBuffer into, byte type, Operation operation) {
    into.put(type);
    id(into, operation.id());
    path(into, operation.path());
    return into.putLong(operation.timeNs());
  }

  private static ByteBuffer id(ByteBuffer into, FileId id) {
    return into.putLong(id.epoch()).putLong(id.number());
  }

  private static void path(ByteBuffer into, TreePath path) {
    bytes(into.put((byte) path.directory()), path.bytes());
  }

  private static void bytes(ByteBuffer into, byte[] bytes) {
    into.putShort((short) bytes.length).put(bytes);
  }

  private static void newFile(ByteBuffer into, NewFile file) {
    into.put((byte) file.kind().ordinal()).putInt(file.permissions()).putInt(file.owner());
    into.putInt(file.group()).putLong(file.device());
    bytes(into, file.target());
  }

  private static void change(ByteBuffer into, AttributeChange change) {
    int which =
        (change.permissions().isPresent() ? 1 : 0)
            | (change.owner().isPresent() ? 2 : 0)
            | (change.group().isPresent() ? 4 : 0)
            | (change.accessNs().isPresent() ? 8 : 0)
            | (change.modifyNs().isPresent() ? 16 : 0);
    into.put((byte) which);
    into.putInt(change.permissions().orElse(0)).putInt(change.owner().orElse(0));
    into.putInt(change.group().orElse(0));
    into.putLong(change.accessNs().orElse(0)).putLong(change.modifyNs().orElse(0));
  }

  /**
   * Reads one operation that fills the buffer from its position to its limit.
   *
   * @throws MalformedException for anything that {@link #encode} would not have written
   */
  public static Operation decode(ByteBuffer from) throws MalformedException {
    try {
      boolean compensates = from.hasRemaining() && from.get(from.position()) == COMPENSATE;
      long failed = compensates ? from.get() + from.getLong() - COMPENSATE : 0;
      Operation outcome = decodeType(from);
      Operation operation = compensates ? new Operation.Compensate(outcome, failed) : outcome;
      if (from.hasRemaining()) {
        throw new MalformedException(from.remaining() + " bytes too many behind an operation");
      }
      return operation;
    } catch (BufferUnderflowException e) {
      throw new MalformedException("operation cut short");
    } catch (IllegalArgumentException e) {
      throw new MalformedException("operation with " + e.getMessage());
    }
  }

  private static Operation decodeType(ByteBuffer from) throws MalformedException {
    byte type = from.get();
    FileId id = id(from);
    TreePath path = path(from);
    long timeNs = from.getLong();
    return switch (type) {
      case WRITE -> write(from, id, path, timeNs);
      case TRUNCATE -> new Operation.Truncate(id, path, notNegative(from.getLong()), timeNs);
      case ALLOCATE -> {
        Allocation how = pick(Allocation.values(), from.get());
        yield new Operation.Allocate(
            id, path, how, notNegative(from.getLong()), notNegative(from.getLong()), timeNs);
      }
      case CREATE -> new Operation.Create(id, id(from), path, newFile(from), timeNs);
      case LINK -> {
        FileId parent = id(from);
        yield new Operation.Link(id, path(from), parent, path, timeNs);
      }
      case REMOVE -> new Operation.Remove(id, id(from), path, from.get() != 0, timeNs);
      case RENAME -> {
        FileId parent = id(from);
        FileId toParent = id(from);
        FileId replaced = id(from);
        yield new Operation.Rename(id, parent, path, toParent, path(from), replaced, timeNs);
      }
      case EXCHANGE -> {
        FileId parent = id(from);
        FileId other = id(from);
        FileId otherParent = id(from);
        yield new Operation.Exchange(id, parent, path, other, otherParent, path(from), timeNs);
      }
      case SET_ATTRIBUTES -> new Operation.SetAttributes(id, path, change(from), timeNs);
      case SET_XATTR -> {
        byte[] name = bytes(from, TreePath.MAX_NAME_BYTES);
        yield new Operation.SetXattr(
            id, path, name, bytes(from, from.getInt(), MAX_XATTR_BYTES), timeNs);
      }
      case REMOVE_XATTR ->
          new Operation.RemoveXattr(id, path, bytes(from, TreePath.MAX_NAME_BYTES), timeNs);
      case IDENTIFY -> new Operation.Identify(id, path, timeNs);
      default -> throw new MalformedException("operation of unknown type " + type);
    };
  }

  private static Operation write(ByteBuffer from, FileId id, TreePath path, long timeNs)
      throws MalformedException {
    long offset = notNegative(from.getLong());
    int length = from.getInt();
    if (length < 0 || length > from.remaining()) {
      throw new MalformedException(
          "write of " + length + " bytes with " + from.remaining() + " there");
    }
    ByteBuffer data = from.slice(from.position(), length);
    from.position(from.position() + length);
    return new Operation.Write(id, path, offset, data, timeNs);
  }

  private static FileId id(ByteBuffer from) {
    return new FileId(from.getLong(), from.getLong());
  }

  private static TreePath path(ByteBuffer from) throws MalformedException {
    int directory = from.get() & 0xff;
    return TreePath.of(directory, bytes(from, TreePath.MAX_PATH_BYTES));
  }

  private static byte[] bytes(ByteBuffer from, int most) throws MalformedException {
    return bytes(from, from.getShort() & 0xffff, most);
  }

  private static byte[] bytes(ByteBuffer from, int length, int most) throws MalformedException {
    if (length < 0 || length > most || length > from.remaining()) {
      throw new MalformedException("field of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }

  private static NewFile newFile(ByteBuffer from) throws MalformedException {
    FileKind kind = pick(FileKind.values(), from.get());
    int permissions = from.getInt() & PERMISSION_BITS;
    int owner = from.getInt();
    int group = from.getInt();
    long device = from.getLong();
    byte[] target = bytes(from, TreePath.MAX_PATH_BYTES);
    return new NewFile(kind, permissions, owner, group, device, target);
  }

  private static AttributeChange change(ByteBuffer from) {
    int which = from.get();
    int permissions = from.getInt() & PERMISSION_BITS;
    int owner = from.getInt();
    int group = from.getInt();
    long accessNs = from.getLong();
    long modifyNs = from.getLong();
    return new AttributeChange(
        (which & 1) != 0 ? OptionalInt.of(permissions) : OptionalInt.empty(),
        (which & 2) != 0 ? OptionalInt.of(owner) : OptionalInt.empty(),
        (which & 4) != 0 ? OptionalInt.of(group) : OptionalInt.empty(),
        (which & 8) != 0 ? OptionalLong.of(accessNs) : OptionalLong.empty(),
        (which & 16) != 0 ? OptionalLong.of(modifyNs) : OptionalLong.empty());
  }

  private static <T> T pick(T[] values, byte ordinal) throws MalformedException {
    if (ordinal < 0 || ordinal >= values.length) {
      throw new MalformedException("unknown kind " + ordinal);
    }
    return values[ordinal];
  }

  private static long notNegative(long value) throws MalformedException {
    if (value < 0) {
      throw new MalformedException("negative offset or length " + value);
    }
    return value;
  }
}

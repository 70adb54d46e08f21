package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Binary form of the messages, big-endian, the first byte telling the kind. What was decoded shares
 * the bytes of the buffer it came from. Hostile input ends in an {@link IOException}: counts are
 * checked against the bytes that are there, and paths are built by {@link TreePath} only.
 */
final class MessageCodec {
  /** Largest message. */
  static final int MAX_BYTES = 8 << 20;

  private static final FileKind[] KINDS = FileKind.values();

  private MessageCodec() {}

  static ByteBuffer encode(Message message) {
    Out out = new Out();
    if (message instanceof Message.Hello m) {
      out.kind(1).uuid(m.session()).u8(m.mode().ordinal());
    } else if (message instanceof Message.Round m) {
      out.kind(2).i32(m.number());
    } else if (message instanceof Message.Hint m) {
      out.kind(3).id(m.id()).list(m.names(), out::path);
    } else if (message instanceof Message.Directory m) {
      out.kind(4).id(m.id()).path(m.path()).flag(m.complete()).flag(m.last());
      out.list(m.names(), out::name);
    } else if (message instanceof Message.NamesEnd m) {
      out.kind(5).flag(m.wantNeeds());
    } else if (message instanceof Message.File m) {
      out.kind(6).id(m.id()).path(m.path()).u8(m.kind().ordinal()).i64(m.size());
      out.i64(m.lowWater()).i64(m.device()).bytes(m.target());
    } else if (message instanceof Message.Data m) {
      out.kind(7).id(m.id()).list(m.pieces(), out::piece);
    } else if (message instanceof Message.Hole m) {
      out.kind(8).id(m.id()).i64(m.offset()).i64(m.length());
    } else if (message instanceof Message.Hashes m) {
      out.kind(9).id(m.id()).i64(m.offset()).i32(m.blockSize()).i64(m.end()).buffer(m.hashes());
    } else if (message instanceof Message.BatchEnd m) {
      out.kind(10).i32(m.number());
    } else if (message instanceof Message.FileEnd m) {
      out.kind(11).id(m.id()).attributes(m.attributes());
    } else if (message instanceof Message.DirectoryEnd m) {
      out.kind(12).id(m.id()).path(m.path()).attributes(m.attributes());
    } else if (message instanceof Message.RoundEnd m) {
      out.kind(13).i32(m.number()).flag(m.last());
    } else if (message instanceof Message.Commit) {
      out.kind(14);
    } else {
      answer(message, out);
    }
    return out.done();
  }

  private static void answer(Message message, Out out) {
    if (message instanceof Message.Touches m) {
      out.kind(32).list(m.touched(), out::touched);
    } else if (message instanceof Message.Welcome m) {
      out.kind(33).uuid(m.incarnation()).uuid(m.session());
    } else if (message instanceof Message.Needs m) {
      out.kind(34).list(m.needs(), out::need).flag(m.last());
    } else if (message instanceof Message.Differs m) {
      out.kind(35).id(m.id()).i32(m.blockSize()).flag(m.whole()).list(m.offsets(), out::i64);
    } else if (message instanceof Message.BatchAnswer m) {
      out.kind(36).i32(m.number());
    } else if (message instanceof Message.RoundAck m) {
      out.kind(37).i32(m.number()).list(m.unresolved(), out::need);
    } else if (message instanceof Message.Received m) {
      out.kind(38).i64(m.bytes());
    } else if (message instanceof Message.Committed) {
      out.kind(39);
    } else if (message instanceof Message.Failed m) {
      out.kind(40).bytes(m.reason().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Decodes one message, from the buffer's position to its limit, which are not changed. */
  static Message decode(ByteBuffer buffer) throws IOException {
    ByteBuffer rest = buffer.duplicate();
    Message message = decodeNext(rest);
    if (rest.hasRemaining()) {
      throw new IOException(rest.remaining() + " bytes too many in a message");
    }
    return message;
  }

  /** Decodes the message at the buffer's position, which is behind it afterwards. */
  static Message decodeNext(ByteBuffer buffer) throws IOException {
    if (buffer.remaining() > MAX_BYTES) {
      throw new IOException("message of " + buffer.remaining() + " bytes, at most " + MAX_BYTES);
    }
    try {
      return new In(buffer).message();
    } catch (RuntimeException e) {
      throw new IOException("malformed reintegration message", e);
    }
  }

  /** Writes fields into a buffer that grows. */
  private static final class Out {
    private ByteBuffer buffer = ByteBuffer.allocate(512);

    private ByteBuffer room(int bytes) {
      if (buffer.remaining() < bytes) {
        int size = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
        buffer = ByteBuffer.allocate(size).put(buffer.flip());
      }
      return buffer;
    }

    Out kind(int kind) {
      return u8(kind);
    }

    Out u8(int value) {
      room(1).put((byte) value);
      return this;
    }

    Out flag(boolean value) {
      return u8(value ? 1 : 0);
    }

    Out i32(int value) {
      room(4).putInt(value);
      return this;
    }

    Out i64(long value) {
      room(8).putLong(value);
      return this;
    }

    Out uuid(UUID uuid) {
      return i64(uuid.getMostSignificantBits()).i64(uuid.getLeastSignificantBits());
    }

    Out id(FileId id) {
      return i64(id.epoch()).i64(id.number());
    }

    Out path(TreePath path) {
      return u8(path.directory()).bytes(path.bytes());
    }

    Out bytes(byte[] bytes) {
      i32(bytes.length);
      room(bytes.length).put(bytes);
      return this;
    }

    Out buffer(ByteBuffer bytes) {
      i32(bytes.remaining());
      room(bytes.remaining()).put(bytes.duplicate());
      return this;
    }

    <T> Out list(List<T> list, Function<T, Out> each) {
      i32(list.size());
      Out out = this;
      for (T item : list) {
        out = each.apply(item);
      }
      return out;
    }

    Out name(Message.NameState name) {
      u8(name.name().length);
      room(name.name().length).put(name.name());
      if (name.kind() == null) {
        return u8(0xff);
      }
      return u8(name.kind().ordinal()).id(name.id()).flag(name.fresh());
    }

    Out piece(Message.Piece piece) {
      return i64(piece.offset()).buffer(piece.bytes());
    }

    Out need(Message.Need need) {
      return id(need.id()).u8(need.kind().ordinal()).path(need.path());
    }

    Out attributes(Message.Attributes a) {
      u8(a.xattrs() == null ? 0 : 1).i32(a.permissions()).i32(a.owner()).i32(a.group());
      i64(a.modifyNs());
      if (a.xattrs() != null) {
        list(a.xattrs(), xattr -> bytes(xattr.name()).bytes(xattr.value()));
      }
      return this;
    }

    Out touched(Touched touched) {
      if (touched instanceof Touched.Name t) {
        return u8(1).id(t.directory()).path(t.path()).bytes(t.bytes());
      } else if (touched instanceof Touched.Content t) {
        return u8(2).id(t.id()).path(t.path()).i64(t.from()).i64(t.to());
      } else if (touched instanceof Touched.Metadata t) {
        return u8(3).id(t.id()).path(t.path()).flag(t.xattrs());
      } else if (touched instanceof Touched.Whole t) {
        return u8(4).id(t.id()).path(t.path());
      }
      return u8(5);
    }

    ByteBuffer done() {
      return buffer.flip();
    }
  }

  /** Reads fields; throws runtime exceptions for what is not there. */
  private static final class In {
    private final ByteBuffer bytes;

    private In(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    /** Reads one element. */
    @FunctionalInterface
    private interface Item<T> {
      T read();
    }

    Message message() throws IOException {
      int kind = bytes.get();
      return switch (kind) {
        case 1 -> new Message.Hello(uuid(), ReintegrationMode.values()[bytes.get()]);
        case 2 -> new Message.Round(bytes.getInt());
        case 3 -> new Message.Hint(id(), list(this::path));
        case 4 -> new Message.Directory(id(), path(), flag(), flag(), list(this::name));
        case 5 -> new Message.NamesEnd(flag());
        case 6 ->
            new Message.File(id(), path(), kind(), length(), length(), bytes.getLong(), array());
        case 7 -> new Message.Data(id(), list(this::piece));
        case 8 -> new Message.Hole(id(), length(), length());
        case 9 -> new Message.Hashes(id(), length(), bytes.getInt(), length(), slice());
        case 10 -> new Message.BatchEnd(bytes.getInt());
        case 11 -> new Message.FileEnd(id(), attributes());
        case 12 -> new Message.DirectoryEnd(id(), path(), attributes());
        case 13 -> new Message.RoundEnd(bytes.getInt(), flag());
        case 14 -> new Message.Commit();
        case 32 -> new Message.Touches(list(this::touched));
        case 33 -> new Message.Welcome(uuid(), uuid());
        case 34 -> new Message.Needs(list(this::need), flag());
        case 35 -> new Message.Differs(id(), bytes.getInt(), flag(), list(this::length));
        case 36 -> new Message.BatchAnswer(bytes.getInt());
        case 37 -> new Message.RoundAck(bytes.getInt(), list(this::need));
        case 38 -> new Message.Received(length());
        case 39 -> new Message.Committed();
        case 40 -> new Message.Failed(new String(array(), StandardCharsets.UTF_8));
        default -> throw new IOException("unknown kind " + kind + " of reintegration message");
      };
    }

    boolean flag() {
      return bytes.get() != 0;
    }

    UUID uuid() {
      return new UUID(bytes.getLong(), bytes.getLong());
    }

    FileId id() {
      return new FileId(bytes.getLong(), bytes.getLong());
    }

    FileKind kind() {
      return KINDS[bytes.get()];
    }

    long length() {
      long value = bytes.getLong();
      if (value < 0) {
        throw new IllegalArgumentException("negative length " + value);
      }
      return value;
    }

    TreePath path() {
      return TreePath.of(Byte.toUnsignedInt(bytes.get()), array());
    }

    byte[] array() {
      byte[] array = new byte[count()];
      bytes.get(array);
      return array;
    }

    ByteBuffer slice() {
      int count = count();
      ByteBuffer slice = bytes.slice(bytes.position(), count);
      bytes.position(bytes.position() + count);
      return slice;
    }

    private int count() {
      int count = bytes.getInt();
      if (count < 0 || count > bytes.remaining()) {
        throw new IllegalArgumentException("count " + count + " of " + bytes.remaining());
      }
      return count;
    }

    <T> List<T> list(Item<T> item) {
      int count = count();
      List<T> list = new ArrayList<>(Math.min(count, 1024));
      for (int i = 0; i < count; i++) {
        list.add(item.read());
      }
      return list;
    }

    Message.NameState name() {
      byte[] raw = new byte[Byte.toUnsignedInt(bytes.get())];
      bytes.get(raw);
      byte[] name = TreePath.root(0).resolve(raw).name();
      int kind = Byte.toUnsignedInt(bytes.get());
      if (kind == 0xff) {
        return new Message.NameState(name, null, FileId.NONE, false);
      }
      return new Message.NameState(name, KINDS[kind], id(), flag());
    }

    Message.Piece piece() {
      long offset = length();
      ByteBuffer data = slice();
      if (offset + data.remaining() < 0) {
        throw new IllegalArgumentException("offset " + offset);
      }
      return new Message.Piece(offset, data);
    }

    Message.Need need() {
      return new Message.Need(id(), kind(), path());
    }

    Message.Attributes attributes() {
      boolean xattrs = flag();
      int permissions = bytes.getInt();
      int owner = bytes.getInt();
      int group = bytes.getInt();
      long modifyNs = bytes.getLong();
      return new Message.Attributes(
          permissions & 07777,
          owner,
          group,
          modifyNs,
          xattrs ? list(() -> new Message.Xattr(array(), array())) : null);
    }

    Touched touched() {
      int kind = bytes.get();
      return switch (kind) {
        case 1 -> name(id(), path(), array());
        case 2 -> new Touched.Content(id(), path(), length(), length());
        case 3 -> new Touched.Metadata(id(), path(), flag());
        case 4 -> new Touched.Whole(id(), path());
        case 5 -> new Touched.Everything();
        default -> throw new IllegalArgumentException("kind " + kind + " of touched element");
      };
    }

    private static Touched name(FileId id, TreePath path, byte[] name) {
      return name.length == 0
          ? Touched.Name.all(id, path)
          : Touched.Name.of(id, path, path.resolve(name).name());
    }
  }
}

package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Messages of a source that means harm: each of them can be read, and no two need to make sense
 * together. Bytes as they come over the link; for tests of every platform's store.
 */
public final class HostileMessages {
  private static final int IDS = 8;

  private final SplittableRandom random;
  private final String[] names;

  /** Over these names, in paths of any depth. */
  public HostileMessages(SplittableRandom random, String... names) {
    this.random = random;
    this.names = names.clone();
  }

  /** What begins a session. */
  public static ByteBuffer hello() {
    return direct(new Message.Hello(new UUID(1, 2), ReintegrationMode.BY_MAP));
  }

  /** Any message but that. */
  public ByteBuffer next() {
    return direct(message());
  }

  private static ByteBuffer direct(Message message) {
    ByteBuffer bytes = MessageCodec.encode(message);
    return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
  }

  private Message message() {
    FileId id = id();
    return switch (random.nextInt(16)) {
      case 0 -> new Message.Round(random.nextInt());
      case 1 -> new Message.Hint(id, List.of(path(), path()));
      case 2, 3, 4 -> directory();
      case 5 -> new Message.NamesEnd(random.nextBoolean());
      case 6, 7 -> new Message.File(id, path(), kind(), size(), size(), 0, target());
      case 8 -> new Message.Data(id, List.of(new Message.Piece(size(), ByteBuffer.allocate(50))));
      case 9 -> new Message.Hole(id, any(), any());
      case 10 -> new Message.Hashes(id, any(), random.nextInt(), any(), ByteBuffer.allocate(48));
      case 11 -> new Message.FileEnd(id, attributes());
      case 12 -> new Message.DirectoryEnd(id, path(), attributes());
      case 13 -> new Message.RoundEnd(1, random.nextBoolean());
      case 14 -> new Message.BatchEnd(random.nextInt());
      default -> random.nextInt(4) == 0 ? new Message.Commit() : directory();
    };
  }

  private Message directory() {
    FileId id = random.nextInt(3) == 0 ? FileId.root(0) : id();
    TreePath path = id.equals(FileId.root(0)) ? TreePath.root(0) : path();
    List<Message.NameState> states = new ArrayList<>();
    for (int left = random.nextInt(4); left > 0; left--) {
      FileKind kind = random.nextInt(5) == 0 ? null : kind();
      FileId of = kind == null ? FileId.NONE : id();
      states.add(new Message.NameState(name(), kind, of, random.nextBoolean()));
    }
    return new Message.Directory(id, path, random.nextInt(4) == 0, random.nextInt(5) != 0, states);
  }

  private Message.Attributes attributes() {
    String xattr = List.of("user.x", "trusted.lockstep.id", "security.x").get(random.nextInt(3));
    return new Message.Attributes(
        0777,
        random.nextInt(3),
        random.nextInt(3),
        1,
        random.nextBoolean()
            ? null
            : List.of(new Message.Xattr(xattr.getBytes(StandardCharsets.US_ASCII), new byte[16])));
  }

  private FileKind kind() {
    return List.of(FileKind.FILE, FileKind.DIRECTORY, FileKind.SYMLINK).get(random.nextInt(3));
  }

  private byte[] target() {
    String[] targets = {"../outside", "../outside/secret", "/proc/self/fd", "d", ""};
    return targets[random.nextInt(targets.length)].getBytes(StandardCharsets.US_ASCII);
  }

  private FileId id() {
    return new FileId(5, 1 + random.nextInt(IDS));
  }

  private byte[] name() {
    return names[random.nextInt(names.length)].getBytes(StandardCharsets.UTF_8);
  }

  private TreePath path() {
    TreePath path = TreePath.root(0).resolve(name());
    while (random.nextInt(2) == 0) {
      path = path.resolve(name());
    }
    return path;
  }

  private long size() {
    return random.nextInt(5_000);
  }

  private long any() {
    return random.nextBoolean() ? size() : random.nextLong() & Long.MAX_VALUE;
  }
}

package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/** What source and target of a reintegration say to each other. */
sealed interface Message {
  /** One name of a directory; {@code kind} null when it is free. */
  record NameState(byte[] name, FileKind kind, FileId id, boolean fresh) {}

  record Xattr(byte[] name, byte[] value) {}

  /** {@code xattrs} null when they did not change. */
  record Attributes(int permissions, int owner, int group, long modifyNs, List<Xattr> xattrs) {}

  record Need(FileId id, FileKind kind, TreePath path) {}

  /** Bytes at an offset of the file. */
  record Piece(long offset, ByteBuffer bytes) {}

  // source to target

  record Hello(UUID session, ReintegrationMode mode) implements Message {}

  record Round(int number) implements Message {}

  record Hint(FileId id, List<TreePath> names) implements Message {}

  record Directory(FileId id, TreePath path, boolean complete, boolean last, List<NameState> names)
      implements Message {}

  record NamesEnd(boolean wantNeeds) implements Message {}

  record File(
      FileId id, TreePath path, FileKind kind, long size, long lowWater, long device, byte[] target)
      implements Message {}

  record Data(FileId id, List<Piece> pieces) implements Message {}

  record Hole(FileId id, long offset, long length) implements Message {}

  record Hashes(FileId id, long offset, int blockSize, long end, ByteBuffer hashes)
      implements Message {}

  record BatchEnd(int number) implements Message {}

  record FileEnd(FileId id, Attributes attributes) implements Message {}

  record DirectoryEnd(FileId id, TreePath path, Attributes attributes) implements Message {}

  record RoundEnd(int number, boolean last) implements Message {}

  record Commit() implements Message {}

  // target to source

  record Touches(List<Touched> touched) implements Message {}

  record Welcome(UUID incarnation, UUID session) implements Message {}

  record Needs(List<Need> needs, boolean last) implements Message {}

  record Differs(FileId id, int blockSize, boolean whole, List<Long> offsets) implements Message {}

  record BatchAnswer(int number) implements Message {}

  record RoundAck(int number, List<Need> unresolved) implements Message {}

  record Received(long bytes) implements Message {}

  record Committed() implements Message {}

  record Failed(String reason) implements Message {}
}

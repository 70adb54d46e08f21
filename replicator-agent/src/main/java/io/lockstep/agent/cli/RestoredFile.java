package io.lockstep.agent.cli;

import io.lockstep.agent.split.PathText;
import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.Placer;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A file on its way back: made beside its place under a name of its own, then put there in one
 * step. No symbolic link on the way to it is followed, so that a tree that users can change does
 * not lead a write of this process anywhere else.
 *
 * <p>Set-id bits and file capabilities come back too. A write or another owner would take them
 * away, so they are given last; the file has no name of its own yet, and is its owner's alone until
 * then.
 */
final class RestoredFile implements AutoCloseable {
  /** What the interceptor's mounts are. */
  private static final String MOUNT = "fuse.lockstep";

  private static final int PERMISSIONS = 07777;
  private static final int OWNER_ONLY = 0600;
  private static final int OWNER_ONLY_DIRECTORY = 0700;

  private final QuarantineEntry was;
  private final Placer.Unplaced file;
  private final boolean replaces;
  private long at;

  private RestoredFile(QuarantineEntry was, Placer.Unplaced file, boolean replaces) {
    this.was = was;
    this.file = file;
    this.replaces = replaces;
  }

  /** Why that can not be taken back; empty if it can. */
  static Optional<String> refusal(QuarantineEntry was) {
    if (was.gone()) {
      return Optional.of("its branch had removed it, and there is nothing to take back");
    }
    return kind(was) == FileKind.SOCKET
        ? Optional.of("it was a socket, which only the program that listens on it can make")
        : Optional.empty();
  }

  private static FileKind kind(QuarantineEntry was) {
    return FileKind.valueOf(was.kind());
  }

  /**
   * In a module's directory, through its mount.
   *
   * @throws IOException also where the mount is not there
   */
  static RestoredFile inTree(Placer placer, Path root, TreePath path, QuarantineEntry was)
      throws IOException {
    String type = Files.getFileStore(root).type();
    if (!type.equals(MOUNT)) {
      throw new IOException(root + " is not mounted for the application here (it is " + type + ")");
    }
    return below(placer, root, path, was);
  }

  /** Below a directory, whatever it is. */
  static RestoredFile below(Placer placer, Path root, TreePath path, QuarantineEntry was)
      throws IOException {
    return new RestoredFile(was, made(placer, root, path, was), true);
  }

  /** Under a name where nothing is yet. */
  static RestoredFile at(Placer placer, Path target, QuarantineEntry was) throws IOException {
    Path parent = target.getParent();
    Path last = target.getFileName();
    if (parent == null || last == null) {
      throw new IOException(target + " is no place for a file");
    }
    byte[] name = last.toString().getBytes(StandardCharsets.UTF_8);
    return new RestoredFile(was, made(placer, parent, TreePath.of(0, name), was), false);
  }

  private static Placer.Unplaced made(Placer placer, Path root, TreePath path, QuarantineEntry was)
      throws IOException {
    FileKind kind = kind(was);
    byte[] target = was.target() == null ? new byte[0] : PathText.bytes(was.target());
    int permissions = kind == FileKind.DIRECTORY ? OWNER_ONLY_DIRECTORY : OWNER_ONLY;
    try {
      return placer.make(root, path, new NewFile(kind, permissions, 0, 0, was.device(), target));
    } catch (StoreException e) {
      if (e.failure() == Failure.NOT_FOUND) {
        throw new IOException(
            "its directory is not there any more: take that back first, make it, or use --to", e);
      }
      throw e;
    }
  }

  /** Adds to the content of a regular file. */
  void write(byte[] bytes) throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    direct.put(bytes).flip();
    file.write(direct, at);
    at += bytes.length;
  }

  /**
   * Gives it what it was, its owner first, and puts it in its place; on stable storage on return.
   *
   * @return the extended attributes that it did not get back
   */
  List<String> finish() throws IOException {
    file.setAttributes(owner());
    List<String> without = attributes();
    file.setAttributes(permissionsAndTimes());
    try {
      file.place(replaces);
    } catch (StoreException e) {
      throw new IOException(hindrance(e), e);
    }
    return without;
  }

  private static String hindrance(StoreException e) {
    return switch (e.failure()) {
      case EXISTS -> "a file of that name exists already";
      case NOT_EMPTY, IS_A_DIRECTORY ->
          "a directory with its name is there, which this does not replace: move it away, or take"
              + " back single files in it";
      case NOT_A_DIRECTORY -> "what has its name now is no directory: move that away";
      default -> e.getMessage();
    };
  }

  private AttributeChange owner() {
    return new AttributeChange(
        OptionalInt.empty(),
        OptionalInt.of(was.owner()),
        OptionalInt.of(was.group()),
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  private AttributeChange permissionsAndTimes() {
    return new AttributeChange(
        kind(was) == FileKind.SYMLINK
            ? OptionalInt.empty()
            : OptionalInt.of(was.mode() & PERMISSIONS),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.of(was.accessedNs()),
        OptionalLong.of(was.modifiedNs()));
  }

  private List<String> attributes() {
    List<String> without = new ArrayList<>();
    Map<String, String> all = was.xattrs() == null ? Map.of() : was.xattrs();
    for (Map.Entry<String, String> each : all.entrySet()) {
      if (!given(each)) {
        without.add(each.getKey());
      }
    }
    return without;
  }

  /** Not every file system has every kind of attribute. */
  private boolean given(Map.Entry<String, String> attribute) {
    try {
      byte[] value = Base64.getDecoder().decode(attribute.getValue());
      file.setXattr(PathText.bytes(attribute.getKey()), value);
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  /** Gives what was finished one more name below the same root, in place of what has that now. */
  void alsoAt(TreePath path) throws IOException {
    try {
      file.alsoAt(path);
    } catch (StoreException e) {
      throw new IOException(hindrance(e), e);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}

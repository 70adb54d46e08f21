package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a new file inherits: the group and the set-group-id bit of a directory that has that bit,
 * and the permissions that the umask leaves, which a default ACL replaces (the store applies that
 * ACL). Safe for any thread.
 */
final class CreationRules {
  private static final byte[] DEFAULT_ACL =
      "system.posix_acl_default".getBytes(StandardCharsets.US_ASCII);

  private final Volume volume;

  /** Whether a directory has a default ACL, for those asked about and not forgotten since. */
  private final ConcurrentHashMap<Long, Boolean> defaultAcls = new ConcurrentHashMap<>();

  CreationRules(Volume volume) {
    this.volume = volume;
  }

  /** What {@code request} makes in {@code parent}. {@code mode} has the kind too. */
  NewFile newFile(FuseRequest request, TreeNode parent, int mode, int umask, long device)
      throws StoreException {
    FileStatus directory = volume.status(parent, null);
    FileKind kind = kind(mode);
    int permissions = mode & FuseProtocol.S_PERMISSIONS;
    if (!hasDefaultAcl(parent)) {
      permissions &= ~umask;
    }
    int group = request.group();
    if ((directory.permissions() & FuseProtocol.S_SETGID) != 0) {
      permissions = inSetGidDirectory(request, directory, kind, permissions);
      group = directory.group();
    }
    return new NewFile(kind, permissions, request.user(), group, device, new byte[0]);
  }

  /** The owner and group of a new link. */
  NewFile symlink(FuseRequest request, TreeNode parent, byte[] target) throws StoreException {
    FileStatus directory = volume.status(parent, null);
    boolean inherits = (directory.permissions() & FuseProtocol.S_SETGID) != 0;
    int group = inherits ? directory.group() : request.group();
    return NewFile.symlink(target, request.user(), group);
  }

  private static int inSetGidDirectory(
      FuseRequest request, FileStatus directory, FileKind kind, int permissions) {
    if (kind == FileKind.DIRECTORY) {
      return permissions | FuseProtocol.S_SETGID;
    }
    int runsAsGroup = FuseProtocol.S_SETGID | FuseProtocol.S_GROUP_EXECUTES;
    boolean foreign = request.user() != 0 && request.group() != directory.group();
    return foreign && (permissions & runsAsGroup) == runsAsGroup
        ? permissions & ~FuseProtocol.S_SETGID
        : permissions;
  }

  /**
   * Asked for and remembered in one step: were they two, an ACL set between them would be taken for
   * absent from then on.
   */
  private boolean hasDefaultAcl(TreeNode parent) throws StoreException {
    Boolean known = defaultAcls.get(parent.number());
    if (known != null) {
      return known;
    }
    try {
      return defaultAcls.computeIfAbsent(parent.number(), number -> uncheckedDefaultAcl(parent));
    } catch (UncheckedIOException e) {
      throw (StoreException) e.getCause();
    }
  }

  private boolean uncheckedDefaultAcl(TreeNode parent) {
    try {
      return askForDefaultAcl(parent);
    } catch (StoreException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean askForDefaultAcl(TreeNode parent) throws StoreException {
    try {
      return volume.xattr(parent, DEFAULT_ACL).length > 0;
    } catch (StoreException e) {
      if (e.failure() == Failure.NO_ATTRIBUTE || e.failure() == Failure.NOT_SUPPORTED) {
        return false;
      }
      throw e;
    }
  }

  /** Its extended attributes changed, or the kernel forgot it. */
  void changed(TreeNode node) {
    defaultAcls.remove(node.number());
  }

  /** As {@link #changed(TreeNode)}, by number. */
  void forgotten(long number) {
    defaultAcls.remove(number);
  }

  private static FileKind kind(int mode) throws StoreException {
    return switch (mode & FuseProtocol.S_KIND) {
      case 0, 0x8000 -> FileKind.FILE;
      case 0x1000 -> FileKind.FIFO;
      case 0x2000 -> FileKind.CHARACTER_DEVICE;
      case 0x4000 -> FileKind.DIRECTORY;
      case 0x6000 -> FileKind.BLOCK_DEVICE;
      case 0xc000 -> FileKind.SOCKET;
      default -> throw new StoreException(Failure.INVALID, "a file of mode " + mode);
    };
  }
}

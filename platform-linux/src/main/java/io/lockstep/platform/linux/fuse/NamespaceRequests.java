package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.Volume.RenameMode;
import java.util.Arrays;

/** Requests about names: finding, making, removing and moving them. */
final class NamespaceRequests {
  private static final int DIRECTORY = 0x4000;

  private final Volume volume;
  private final Nodes nodes;
  private final OpenFiles files;
  private final CreationRules rules;

  NamespaceRequests(Volume volume, Nodes nodes, OpenFiles files, CreationRules rules) {
    this.volume = volume;
    this.nodes = nodes;
    this.files = files;
    this.rules = rules;
  }

  int lookup(FuseRequest request, FuseReply reply) throws StoreException {
    byte[] name = request.name(0);
    try {
      Nodes.checkExisting(request.node(), name);
      nodes.room().await();
      reply.entry(volume.lookup(nodes.get(request.node()), name));
    } catch (StoreException e) {
      if (e.failure() != Failure.NOT_FOUND) {
        throw e;
      }
      reply.absent();
    }
    return 0;
  }

  int forget(FuseRequest request) {
    forget(request.node(), request.int64(0));
    return FuseReply.NONE;
  }

  int batchForget(FuseRequest request) {
    int count = request.int32(0);
    for (int i = 0; i < count; i++) {
      forget(request.int64(8 + 16 * i), request.int64(16 + 16 * i));
    }
    return FuseReply.NONE;
  }

  private void forget(long node, long references) {
    rules.forgotten(node);
    nodes.forget(node, references);
  }

  int readLink(FuseRequest request, FuseReply reply) throws StoreException {
    reply.bytes(volume.readLink(nodes.get(request.node())));
    return 0;
  }

  int symlink(FuseRequest request, FuseReply reply) throws StoreException {
    byte[] name = request.name(0);
    byte[] target = request.name(name.length + 1);
    TreeNode parent = parentOfNew(request.node(), name);
    long begun = files.names().begin();
    try {
      reply.entry(volume.create(parent, name, rules.symlink(request, parent, target)));
    } finally {
      files.names().end(begun);
    }
    return 0;
  }

  private TreeNode parentOfNew(long parent, byte[] name) throws StoreException {
    Nodes.checkNew(parent, name);
    nodes.room().await();
    return nodes.get(parent);
  }

  int makeNode(FuseRequest request, FuseReply reply) throws StoreException {
    int mode = request.int32(0);
    long device = Integer.toUnsignedLong(request.int32(4));
    return make(request, reply, request.name(16), mode, request.int32(8), device);
  }

  int makeDirectory(FuseRequest request, FuseReply reply) throws StoreException {
    int mode = request.int32(0) & FuseProtocol.S_PERMISSIONS | DIRECTORY;
    return make(request, reply, request.name(8), mode, request.int32(4), 0);
  }

  private int make(
      FuseRequest request, FuseReply reply, byte[] name, int mode, int umask, long device)
      throws StoreException {
    TreeNode parent = parentOfNew(request.node(), name);
    long begun = files.names().begin();
    try {
      NewFile what = rules.newFile(request, parent, mode, umask, device);
      reply.entry(volume.create(parent, name, what));
    } finally {
      files.names().end(begun);
    }
    return 0;
  }

  /**
   * Makes and opens a file. The kernel asks for that only where it found no such name; where there
   * is one nonetheless, and the caller did not insist on a new one, it is opened.
   */
  int create(FuseRequest request, FuseReply reply) throws StoreException {
    int flags = request.int32(0);
    byte[] name = request.name(16);
    TreeNode parent = parentOfNew(request.node(), name);
    Access access = access(flags);
    long begun = files.names().begin();
    try {
      NewFile what = rules.newFile(request, parent, request.int32(4), request.int32(8), 0);
      opened(reply, volume.createAndOpen(parent, name, what, access));
    } catch (StoreException e) {
      if (e.failure() != Failure.EXISTS || (flags & FuseProtocol.O_EXCL) != 0) {
        throw e;
      }
      openExisting(reply, parent, name, flags);
    } finally {
      files.names().end(begun);
    }
    return 0;
  }

  /**
   * A file without a name (O_TMPFILE, from Linux 6.1 on); the name in the request means nothing.
   */
  int createNameless(FuseRequest request, FuseReply reply) throws StoreException {
    TreeNode parent = nodes.get(request.node());
    nodes.room().await();
    NewFile what = rules.newFile(request, parent, request.int32(4), request.int32(8), 0);
    opened(reply, volume.createNameless(parent, what));
    return 0;
  }

  private void openExisting(FuseReply reply, TreeNode parent, byte[] name, int flags)
      throws StoreException {
    Volume.Found found = volume.lookup(parent, name);
    try {
      if (found.status().kind() != FileKind.FILE) {
        throw new StoreException(Failure.EXISTS, "the name is taken by another kind of file");
      }
      Volume.Opened opened =
          new Volume.Opened(found.node(), found.status(), volume.open(found.node(), access(flags)));
      if ((flags & FuseProtocol.O_TRUNC) != 0) {
        try {
          volume.truncate(found.node(), opened.file(), 0);
        } catch (StoreException e) {
          volume.close(opened.file());
          throw e;
        }
      }
      opened(reply, opened);
    } catch (StoreException e) {
      volume.forget(found.node(), 1);
      throw e;
    }
  }

  private void opened(FuseReply reply, Volume.Opened opened) {
    reply.entry(new Volume.Found(opened.node(), opened.status()));
    long handle = files.add(opened.file(), opened.node().number());
    reply.opened(handle, FuseProtocol.OPENED_KEEP_CACHE);
  }

  /** What the flags of open(2) ask for. */
  static Access access(int flags) {
    return switch (flags & FuseProtocol.O_ACCESS_MODE) {
      case FuseProtocol.O_WRONLY -> Access.WRITE;
      case FuseProtocol.O_RDWR -> Access.READ_WRITE;
      default -> Access.READ;
    };
  }

  int remove(FuseRequest request, boolean directory) throws StoreException {
    byte[] name = request.name(0);
    Nodes.checkExisting(request.node(), name);
    long begun = files.names().begin();
    try {
      volume.remove(nodes.get(request.node()), name, directory);
    } finally {
      files.names().end(begun);
    }
    return 0;
  }

  int rename(FuseRequest request) throws StoreException {
    return rename(request, 8, RenameMode.REPLACE);
  }

  int rename2(FuseRequest request) throws StoreException {
    int flags = request.int32(8);
    return switch (flags) {
      case 0 -> rename(request, 16, RenameMode.REPLACE);
      case FuseProtocol.RENAME_NOREPLACE -> rename(request, 16, RenameMode.EXCLUSIVE);
      case FuseProtocol.RENAME_EXCHANGE -> rename(request, 16, RenameMode.EXCHANGE);
      default -> Errno.EINVAL;
    };
  }

  private int rename(FuseRequest request, int namesAt, RenameMode mode) throws StoreException {
    long toParent = request.int64(0);
    byte[] name = request.name(namesAt);
    byte[] toName = request.name(namesAt + name.length + 1);
    Nodes.checkExisting(request.node(), name);
    Nodes.checkNew(toParent, toName);
    TreeNode from = nodes.get(request.node());
    TreeNode to = nodes.get(toParent);
    if (from.number() == to.number() && Arrays.equals(name, toName)) {
      return 0;
    }
    long begun = files.names().begin();
    try {
      volume.rename(from, name, to, toName, mode);
    } finally {
      files.names().end(begun);
    }
    return 0;
  }

  int link(FuseRequest request, FuseReply reply) throws StoreException {
    byte[] name = request.name(8);
    TreeNode parent = parentOfNew(request.node(), name);
    long begun = files.names().begin();
    try {
      reply.entry(volume.link(nodes.get(request.int64(0)), parent, name));
    } finally {
      files.names().end(begun);
    }
    return 0;
  }
}

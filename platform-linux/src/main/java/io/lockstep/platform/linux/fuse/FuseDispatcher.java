package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.Volume;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each request to who handles it, and answers those that nobody does: with an error that
 * makes the kernel fall back to something replicated, or the application see that it is refused,
 * and a log line the first time. Safe for any thread.
 */
final class FuseDispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(FuseDispatcher.class);

  private final Volume volume;
  private final int directory;
  private final Nodes nodes;
  private final OpenFiles files;
  private final NamespaceRequests names;
  private final AttributeRequests attributes;
  private final DirectoryRequests directories;
  private final DataRequests data;
  private final XattrRequests xattrs;
  private final Set<Integer> refused = ConcurrentHashMap.newKeySet();

  /** {@code flags} are those that INIT agreed on. */
  FuseDispatcher(Volume volume, int directory, int flags, Syncs syncs, Room room) {
    this.volume = volume;
    this.directory = directory;
    CreationRules rules = new CreationRules(volume);
    nodes = new Nodes(volume, directory, room);
    files = new OpenFiles(volume);
    names = new NamespaceRequests(volume, nodes, files, rules);
    attributes = new AttributeRequests(volume, nodes, files);
    directories = new DirectoryRequests(volume, nodes);
    data = new DataRequests(volume, nodes, files, syncs);
    boolean extended = (flags & FuseProtocol.INIT_SETXATTR_EXT) != 0;
    xattrs = new XattrRequests(volume, nodes, files, rules, extended);
  }

  /**
   * Fills {@code reply}; returns 0, an error number, or {@link FuseReply#NONE}. {@code channel} is
   * where it came from.
   */
  int handle(FuseRequest request, FuseReply reply, FuseChannel channel) {
    try {
      return dispatch(request, reply, channel);
    } catch (StoreException e) {
      return Errno.of(e);
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      LOG.error(
          "a request (opcode {}) failed in Lockstep itself; the application sees an I/O error and"
              + " nothing was acknowledged. Please report this",
          request.opcode(),
          e);
      return Errno.EIO;
    }
  }

  private int dispatch(FuseRequest request, FuseReply reply, FuseChannel channel)
      throws StoreException {
    return switch (request.opcode()) {
      case FuseProtocol.WRITE -> data.write(request, reply, channel);
      case FuseProtocol.READ -> data.read(request, reply);
      case FuseProtocol.OPEN -> data.open(request, reply);
      case FuseProtocol.RELEASE -> data.release(request);
      case FuseProtocol.FSYNC -> data.sync(request, channel);
      case FuseProtocol.FALLOCATE -> data.allocate(request, channel);
      case FuseProtocol.LSEEK -> data.seek(request, reply);
      case FuseProtocol.FSYNCDIR, FuseProtocol.SYNCFS -> data.syncDirectory(request, channel);
      case FuseProtocol.GETATTR -> attributes.get(request, reply);
      case FuseProtocol.SETATTR -> attributes.set(request, reply);
      case FuseProtocol.STATFS -> attributes.statistics(request, reply);
      case FuseProtocol.OPENDIR -> directories.open(request, reply);
      case FuseProtocol.READDIR -> directories.read(request, reply, false);
      case FuseProtocol.READDIRPLUS -> directories.read(request, reply, true);
      case FuseProtocol.RELEASEDIR -> directories.release(request);
      case FuseProtocol.GETXATTR -> xattrs.get(request, reply);
      case FuseProtocol.LISTXATTR -> xattrs.list(request, reply);
      case FuseProtocol.SETXATTR -> xattrs.set(request);
      case FuseProtocol.REMOVEXATTR -> xattrs.remove(request);
      case FuseProtocol.INTERRUPT -> FuseReply.NONE;
      case FuseProtocol.DESTROY -> 0;
      default -> dispatchNames(request, reply);
    };
  }

  private int dispatchNames(FuseRequest request, FuseReply reply) throws StoreException {
    return switch (request.opcode()) {
      case FuseProtocol.LOOKUP -> names.lookup(request, reply);
      case FuseProtocol.FORGET -> names.forget(request);
      case FuseProtocol.BATCH_FORGET -> names.batchForget(request);
      case FuseProtocol.CREATE -> names.create(request, reply);
      case FuseProtocol.TMPFILE -> names.createNameless(request, reply);
      case FuseProtocol.MKNOD -> names.makeNode(request, reply);
      case FuseProtocol.MKDIR -> names.makeDirectory(request, reply);
      case FuseProtocol.SYMLINK -> names.symlink(request, reply);
      case FuseProtocol.READLINK -> names.readLink(request, reply);
      case FuseProtocol.UNLINK -> names.remove(request, false);
      case FuseProtocol.RMDIR -> names.remove(request, true);
      case FuseProtocol.RENAME -> names.rename(request);
      case FuseProtocol.RENAME2 -> names.rename2(request);
      case FuseProtocol.LINK -> names.link(request, reply);
      default -> withoutHandler(request.opcode());
    };
  }

  /**
   * ENOSYS makes the kernel do without: FLUSH has nothing to do, since writes are answered when
   * they are done; COPY_FILE_RANGE becomes reads and writes; permissions are checked by the kernel.
   */
  private int withoutHandler(int opcode) {
    return switch (opcode) {
      case FuseProtocol.FLUSH,
          FuseProtocol.COPY_FILE_RANGE,
          FuseProtocol.COPY_FILE_RANGE_64,
          FuseProtocol.ACCESS,
          FuseProtocol.POLL,
          FuseProtocol.STATX ->
          Errno.ENOSYS;
      case FuseProtocol.IOCTL -> refuse(opcode, FuseProtocol.ENOTTY);
      default -> refuse(opcode, Errno.ENOSYS);
    };
  }

  private int refuse(int opcode, int errno) {
    if (refused.add(opcode)) {
      LOG.info(
          "an application asked for {}, which cannot be replicated: refused with errno {} (said"
              + " once a mount)",
          FuseProtocol.name(opcode),
          errno);
    }
    return errno;
  }

  /** Nobody got the answer: what it handed out is taken back. */
  void undelivered(int opcode, FuseReply reply) {
    if (reply.grantedNode() != 0) {
      nodes.forget(reply.grantedNode(), 1);
    }
    if (reply.grantedFile() >= 0) {
      if (opcode == FuseProtocol.OPENDIR) {
        directories.close(reply.grantedFile());
      } else {
        files.close(reply.grantedFile());
      }
    }
  }

  /** The connection is gone. */
  void close() {
    files.closeAll();
    directories.closeAll();
    volume.forgetAll(directory);
  }
}

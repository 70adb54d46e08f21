package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.Volume.XattrMode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Requests about extended attributes, ACLs among them. */
final class XattrRequests {
  private static final List<String> PREFIXES = List.of("user.", "trusted.", "security.");
  private static final List<String> ACLS =
      List.of("system.posix_acl_access", "system.posix_acl_default");

  private final Volume volume;
  private final Nodes nodes;
  private final OpenFiles files;
  private final CreationRules rules;
  private final boolean extended;

  /** {@code extended} when SETXATTR_EXT was agreed on. */
  XattrRequests(
      Volume volume, Nodes nodes, OpenFiles files, CreationRules rules, boolean extended) {
    this.volume = volume;
    this.nodes = nodes;
    this.files = files;
    this.rules = rules;
    this.extended = extended;
  }

  /**
   * Refuses names that Linux file systems refuse, before the peer hears of them: an attribute that
   * neither node can store could not be taken back there.
   */
  private static void check(byte[] name) throws StoreException {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    for (String prefix : PREFIXES) {
      if (text.equals(prefix)) {
        throw new StoreException(Failure.INVALID, "an attribute needs a name behind " + prefix);
      }
      if (text.startsWith(prefix)) {
        return;
      }
    }
    if (!ACLS.contains(text)) {
      throw new StoreException(Failure.NOT_SUPPORTED, "no such kind of attribute: " + text);
    }
  }

  int get(FuseRequest request, FuseReply reply) throws StoreException {
    byte[] name = request.name(8);
    check(name);
    return answer(reply, request.int32(0), volume.xattr(nodes.get(request.node()), name));
  }

  /** {@code room} 0 asks for the size only. */
  private static int answer(FuseReply reply, int room, byte[] value) {
    if (room == 0) {
      reply.int32(value.length).int32(0);
      return 0;
    }
    if (value.length > room) {
      return Errno.ERANGE;
    }
    reply.bytes(value);
    return 0;
  }

  int list(FuseRequest request, FuseReply reply) throws StoreException {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (byte[] name : volume.xattrs(nodes.get(request.node()))) {
      if (request.user() == 0 || !isTrusted(name)) {
        names.writeBytes(name);
        names.write(0);
      }
    }
    return answer(reply, request.int32(0), names.toByteArray());
  }

  /** The kernel hides their values from users without privileges, and file systems their names. */
  private static boolean isTrusted(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1).startsWith("trusted.");
  }

  int set(FuseRequest request) throws StoreException {
    int size = request.int32(0);
    int flags = request.int32(4);
    int nameAt = extended ? 16 : 8;
    byte[] name = request.name(nameAt);
    check(name);
    byte[] value = request.bytes(nameAt + name.length + 1, size);
    boolean dropSetGid = extended && (request.int32(8) & FuseProtocol.SETXATTR_ACL_KILL_SGID) != 0;
    TreeNode node = nodes.get(request.node());
    Activity changes = files.changesOf(request.node());
    long begun = changes.begin();
    try {
      volume.setXattr(node, name, value, mode(flags));
      if (dropSetGid) {
        dropSetGid(node);
      }
    } finally {
      rules.changed(node);
      changes.end(begun);
    }
    return 0;
  }

  private static XattrMode mode(int flags) throws StoreException {
    return switch (flags) {
      case 0 -> XattrMode.ANY;
      case FuseProtocol.XATTR_CREATE -> XattrMode.CREATE;
      case FuseProtocol.XATTR_REPLACE -> XattrMode.REPLACE;
      default -> throw new StoreException(Failure.INVALID, "setxattr flags " + flags);
    };
  }

  private void dropSetGid(TreeNode node) throws StoreException {
    FileStatus now = volume.status(node, null);
    int kept = now.permissions() & ~FuseProtocol.S_SETGID;
    if (kept != now.permissions()) {
      volume.setAttributes(
          node,
          null,
          new AttributeChange(
              OptionalInt.of(kept),
              OptionalInt.empty(),
              OptionalInt.empty(),
              OptionalLong.empty(),
              OptionalLong.empty()));
    }
  }

  int remove(FuseRequest request) throws StoreException {
    TreeNode node = nodes.get(request.node());
    byte[] name = request.name(0);
    check(name);
    Activity changes = files.changesOf(request.node());
    long begun = changes.begin();
    try {
      volume.removeXattr(node, name);
    } catch (StoreException e) {
      // no ACL is what the caller wants, and no error to any file system that has them
      if (e.failure() != Failure.NO_ATTRIBUTE || !isAcl(name)) {
        throw e;
      }
    } finally {
      rules.changed(node);
      changes.end(begun);
    }
    return 0;
  }

  private static boolean isAcl(byte[] name) {
    return ACLS.contains(new String(name, StandardCharsets.ISO_8859_1));
  }
}

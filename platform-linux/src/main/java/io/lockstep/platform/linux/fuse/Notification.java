package io.lockstep.platform.linux.fuse;

/** What the kernel is told without having asked. */
final class Notification {
  private static final int INVALIDATE_INODE = 2;
  private static final int BODY_BYTES = 24;

  private Notification() {}

  /**
   * The attributes of {@code node} changed as a consequence that the kernel does not expect. Takes
   * no lock in the kernel that a request under way could hold.
   */
  static void attributesChanged(int fd, long node) {
    FuseReply body = new FuseReply(BODY_BYTES).begin().int64(node).int64(-1).int64(0);
    body.send(fd, INVALIDATE_INODE);
  }
}

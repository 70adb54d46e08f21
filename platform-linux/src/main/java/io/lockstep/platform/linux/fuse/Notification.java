package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.volume.Volume;
import java.util.ArrayList;
import java.util.List;

/** What the kernel is told without having asked. */
final class Notification {
  private static final int INVALIDATE_INODE = 2;
  private static final int INVALIDATE_ENTRY = 3;
  private static final int PRUNE = 9;
  private static final int BODY_BYTES = 24;
  private static final int LONGEST_NAME = 256;

  private Notification() {}

  /**
   * The attributes of {@code node} changed as a consequence that the kernel does not expect. Takes
   * no lock in the kernel that a request under way could hold.
   */
  static void attributesChanged(int fd, long node) {
    FuseReply body = new FuseReply(BODY_BYTES).begin().int64(node).int64(-1).int64(0);
    body.send(fd, INVALIDATE_INODE);
  }

  /** Files that the kernel may forget, gathered and then told at once. Used by one thread. */
  static final class Forget implements Volume.IdleVisitor {
    private record Entry(long parent, byte[] name) {}

    private final FuseReply body;
    private final List<Long> numbers = new ArrayList<>();
    private final List<Entry> names = new ArrayList<>();

    /** For {@code most} files at a time. */
    Forget(int most) {
      body = new FuseReply(Math.max(16 + 8 * most, 16 + LONGEST_NAME));
    }

    @Override
    public void idle(long number, boolean isDirectory) {
      numbers.add(number);
    }

    @Override
    public void named(long parent, boolean isRoot, byte[] name) {
      names.add(new Entry(isRoot ? FuseProtocol.ROOT : parent, name));
    }

    int size() {
      return numbers.size();
    }

    void clear() {
      numbers.clear();
      names.clear();
    }

    /** Lets go of those that nobody uses; returns the error number. */
    int prune(int fd) {
      if (numbers.isEmpty()) {
        return 0;
      }
      body.begin().int32(numbers.size()).int32(0).int64(0);
      numbers.forEach(body::int64);
      return body.send(fd, PRUNE);
    }

    /** The names of those that are no directories are looked up again when somebody uses them. */
    void invalidate(int fd) {
      for (Entry entry : names) {
        body.begin().int64(entry.parent()).int32(entry.name().length).int32(0);
        body.bytes(entry.name()).zeros(1);
        body.send(fd, INVALIDATE_ENTRY);
      }
    }
  }
}

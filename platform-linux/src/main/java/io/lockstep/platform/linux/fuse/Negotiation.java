package io.lockstep.platform.linux.fuse;

import java.io.IOException;

/**
 * The first exchange of a connection: which abilities of the kernel are used, and how large
 * requests get.
 *
 * <p>Asked for, where the kernel has it:
 *
 * <ul>
 *   <li>ASYNC_READ, ASYNC_DIO, PARALLEL_DIROPS: the volume orders what must be ordered.
 *   <li>BIG_WRITES, MAX_PAGES: one request for each MiB.
 *   <li>DO_READDIRPLUS, READDIRPLUS_AUTO: listing with attributes saves a lookup a name.
 *   <li>POSIX_ACL: the kernel checks them, since it checks permissions; with it DONT_MASK, because
 *       a default ACL takes the umask's place and only the parent tells which of both counts.
 *   <li>HANDLE_KILLPRIV_V2: the kernel says in each request when set-id bits must go; without it it
 *       would ask for the file capabilities before every write. Kernels before 5.12 do that and
 *       send the new mode as a request of its own, which is right, and slower.
 *   <li>CACHE_SYMLINKS: they never change.
 *   <li>SETXATTR_EXT: says when setting an ACL must take set-group-id away.
 * </ul>
 *
 * <p>Where the kernel offers it and this process is ready for it, FUSE_OVER_IO_URING: {@link
 * ProcessorQueues}.
 *
 * <p>Never asked for: WRITEBACK_CACHE, which acknowledges before the peer has the data;
 * ATOMIC_O_TRUNC, with which old kernels forget to take set-id bits away; POSIX_LOCKS and
 * FLOCK_LOCKS, since locks are local and one that blocks would occupy a worker.
 */
final class Negotiation {
  /** Most bytes of one read or write. */
  static final int MAX_DATA_BYTES = 1 << 20;

  static final int WANTED =
      FuseProtocol.INIT_ASYNC_READ
          | FuseProtocol.INIT_BIG_WRITES
          | FuseProtocol.INIT_DONT_MASK
          | FuseProtocol.INIT_DO_READDIRPLUS
          | FuseProtocol.INIT_READDIRPLUS_AUTO
          | FuseProtocol.INIT_ASYNC_DIO
          | FuseProtocol.INIT_PARALLEL_DIROPS
          | FuseProtocol.INIT_POSIX_ACL
          | FuseProtocol.INIT_MAX_PAGES
          | FuseProtocol.INIT_CACHE_SYMLINKS
          | FuseProtocol.INIT_HANDLE_KILLPRIV_V2
          | FuseProtocol.INIT_SETXATTR_EXT;

  private static final int MAX_BACKGROUND = 64;
  private static final int CONGESTION = 48;

  /**
   * What came of it.
   *
   * @param flags that both have
   * @param kernelMinor the kernel's own version, which may be newer than what is spoken
   */
  record Agreed(int flags, int kernelMinor) {}

  private Negotiation() {}

  /** Whether the kernel offers queues for each processor. */
  static boolean offersQueues(FuseRequest request) {
    boolean more = (request.int32(12) & FuseProtocol.INIT_EXT) != 0;
    boolean mature = request.int32(4) >= FuseProtocol.QUEUES_MINOR;
    return more && mature && (request.int32(16) & FuseProtocol.INIT2_OVER_IO_URING) != 0;
  }

  /**
   * Answers INIT.
   *
   * @param queues whether to use the processors' queues that the kernel offers
   * @throws IOException when the kernel's protocol is too old
   */
  static Agreed answer(FuseRequest request, FuseReply reply, boolean queues) throws IOException {
    int major = request.int32(0);
    int minor = request.int32(4);
    if (request.opcode() != FuseProtocol.INIT
        || major != FuseProtocol.MAJOR
        || minor < FuseProtocol.OLDEST_MINOR) {
      throw new IOException(
          "the kernel speaks FUSE "
              + major
              + "."
              + minor
              + "; Lockstep needs 7."
              + FuseProtocol.OLDEST_MINOR
              + " or newer: run Linux 4.18 or later");
    }
    int agreed = request.int32(12) & WANTED;
    reply.begin();
    reply.int32(FuseProtocol.MAJOR).int32(Math.min(minor, FuseProtocol.MINOR));
    reply.int32(request.int32(8)).int32(queues ? agreed | FuseProtocol.INIT_EXT : agreed);
    reply.int32(MAX_BACKGROUND | CONGESTION << 16);
    reply.int32(MAX_DATA_BYTES).int32(1);
    reply.int32(MAX_DATA_BYTES / FuseSystem.getpagesize());
    reply.int32(queues ? FuseProtocol.INIT2_OVER_IO_URING : 0).zeros(28);
    return new Agreed(agreed, minor);
  }
}

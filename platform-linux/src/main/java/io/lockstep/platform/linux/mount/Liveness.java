package io.lockstep.platform.linux.mount;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether somebody serves a FUSE mount.
 *
 * <p>Asked for its status past every cache, a dead mount answers ENOTCONN at once. A mount whose
 * server hangs does not answer at all, so the question is put by a thread of its own.
 */
final class Liveness {
  private static final int AT_STATX_FORCE_SYNC = 0x2000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;
  private static final int PATIENCE_MS = 2_000;
  private static final long ASK_AGAIN_MS = 50;

  private Liveness() {}

  /**
   * Whether a process serves the mount at {@code at}, answering or hanging. A process that is just
   * being killed closes its end soon, so a served mount is watched for two seconds.
   */
  static boolean served(Path at) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (answers(at)) {
      if (System.nanoTime() - until > 0) {
        return true;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ASK_AGAIN_MS));
    }
    return false;
  }

  /** False only if the kernel says that the server is gone. */
  private static boolean answers(Path at) {
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    Thread asking = new Thread(() -> answer.complete(ask(at)), "mount-liveness");
    asking.setDaemon(true);
    asking.start();
    try {
      int errno = answer.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
      return errno != Errno.ENOTCONN && errno != Errno.ECONNABORTED;
    } catch (TimeoutException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the question itself failed", e);
    }
  }

  private static int ask(Path at) {
    ByteBuffer into = NativeMemory.allocate(STATX_BYTES);
    long path = Scratch.get().path(0, at.toString().getBytes(StandardCharsets.UTF_8));
    int flags = Libc.AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC;
    try {
      long address = NativeMemory.address(into);
      return Libc.errno(Libc.statx(Libc.AT_FDCWD, path, flags, STATX_BASIC_STATS, address));
    } finally {
      Reference.reachabilityFence(into);
    }
  }
}

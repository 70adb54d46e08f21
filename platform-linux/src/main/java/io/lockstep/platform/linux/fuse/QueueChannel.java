package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.IoUring;
import io.lockstep.platform.linux.syscall.MappedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A place in a processor's queue (FUSE over io_uring, Linux 6.14): one command answers a request
 * and brings the next, in memory that both know, and whoever asks has its request served on the
 * processor that it runs on. A ring of its own for each place: its worker may wait for the peer,
 * and nobody for it. Of the places that wait the kernel takes the one that came last, whose caches
 * are warm.
 *
 * <p>The layout is that of {@code struct fuse_uring_req_header} in {@code linux/fuse.h}.
 */
final class QueueChannel implements FuseChannel, AutoCloseable {
  private static final int REGISTER = 1;
  private static final int COMMIT_AND_FETCH = 2;
  private static final int PAGE = 4096;

  /** Within the header: what the request's kind has, and what concerns the place itself. */
  private static final int ARGUMENTS_AT = 128;

  private static final int PLACE_AT = 256;

  /** Within a command. */
  private static final int FD_AT = 4;

  private static final int KIND_AT = 8;
  private static final int ADDRESS_AT = 16;
  private static final int LENGTH_AT = 24;
  private static final int COMMIT_AT = 56;
  private static final int QUEUE_AT = 64;

  private final ProcessorQueue queue;
  private final MappedMemory memory;
  private final IoUring ring;
  private final ByteBuffer header;
  private final ByteBuffer gathered;
  private final FuseRequest request;
  private final FuseReply reply;
  private boolean registered;

  /** Whether the wait that began is one that the queue has places for. */
  private boolean provided;

  /** Opens one; the kernel does not know of it before {@link #register}. */
  QueueChannel(ProcessorQueue queue) throws IOException {
    this.queue = queue;
    int data = queue.bytes();
    // header | room for the gathered begin of a request, its data | answer
    memory = new MappedMemory(PAGE + PAGE + data + PAGE + data);
    try {
      ring = IoUring.open();
    } catch (IOException e) {
      memory.close();
      throw e;
    }
    header = memory.part(0, PAGE);
    gathered = memory.part(PAGE, PAGE + data);
    request = new FuseRequest(gathered);
    reply =
        new FuseReply(memory.part(PAGE + PAGE + data, PAGE + data), memory.part(2 * PAGE, data));
    prepareRegistration(data);
    queue.made();
  }

  private void prepareRegistration(int data) {
    // the two parts, as struct iovec, at the end of the header's page
    int partsAt = PAGE - 32;
    header.putLong(partsAt, memory.address()).putLong(partsAt + 8, PAGE - 32);
    header.putLong(partsAt + 16, memory.address() + 2 * PAGE).putLong(partsAt + 24, data);
    ByteBuffer command = ring.command();
    command.put(0, IoUring.DRIVER_COMMAND).putInt(FD_AT, queue.device()).putInt(KIND_AT, REGISTER);
    command.putLong(ADDRESS_AT, memory.address() + partsAt).putInt(LENGTH_AT, 2);
    command.putShort(QUEUE_AT, (short) queue.processor());
  }

  @Override
  public FuseRequest request() {
    return request;
  }

  @Override
  public FuseReply reply() {
    return reply;
  }

  /**
   * Makes the place known to the kernel; from now on requests come for it. On the thread that
   * serves it.
   *
   * @return 0, or the error number where the kernel does not take it
   */
  int register() {
    registered = true;
    int errno = ring.submit();
    return errno != 0 ? errno : ring.failure();
  }

  @Override
  public int next() {
    int result = registered ? ring.result() : ring.perform();
    registered = false;
    while (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      result = ring.perform();
    }
    if (result < 0) {
      // a device would say so of a request that was taken back; here nothing more would come
      return result == -Errno.ENOENT ? Errno.EIO : -result;
    }
    gather();
    prepareCommit();
    return 0;
  }

  /** Puts header and arguments before the data, as /dev/fuse would have brought them. */
  private void gather() {
    int length = header.getInt(0);
    int arguments = length - FuseRequest.HEADER_BYTES - header.getInt(PLACE_AT + 16);
    int start = PAGE - FuseRequest.HEADER_BYTES - arguments;
    gathered.put(start, header, 0, FuseRequest.HEADER_BYTES);
    gathered.put(start + FuseRequest.HEADER_BYTES, header, ARGUMENTS_AT, arguments);
    request.received(start, length);
  }

  private void prepareCommit() {
    ByteBuffer command = ring.command();
    command.putInt(KIND_AT, COMMIT_AND_FETCH).putLong(ADDRESS_AT, 0).putInt(LENGTH_AT, 0);
    command.putLong(COMMIT_AT, header.getLong(PLACE_AT + 8));
  }

  @Override
  public int answer(long unique, int errno) {
    int bytes = 0;
    if (errno == 0) {
      reply.complete();
      bytes = reply.size();
    }
    header.putInt(0, FuseReply.HEADER_BYTES + bytes).putInt(4, -errno).putLong(8, unique);
    header.putInt(PLACE_AT + 16, bytes);
    return 0;
  }

  int processor() {
    return queue.processor();
  }

  @Override
  public int device() {
    return queue.device();
  }

  @Override
  public boolean beginWait() {
    provided = queue.enter();
    return true;
  }

  @Override
  public void endWait() {
    if (provided) {
      queue.leave();
    }
  }

  @Override
  public void broken() {
    queue.broken();
  }

  @Override
  public void close() {
    ring.close();
    memory.close();
  }
}

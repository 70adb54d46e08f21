package io.lockstep.platform.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/**
 * An io_uring of one command at a time, which whoever submits it waits for: one system call for
 * both. Commands have 128 bytes, as those of drivers (IORING_OP_URING_CMD) may need.
 *
 * <p>Used by one thread. The layout is that of {@code linux/io_uring.h}.
 */
public final class IoUring implements AutoCloseable {
  /** Bytes of a command. */
  public static final int COMMAND_BYTES = 128;

  /** A command that the file's driver knows. */
  public static final byte DRIVER_COMMAND = 46;

  private static final int SYS_IO_URING_SETUP = 425;
  private static final int SYS_IO_URING_ENTER = 426;
  private static final int SETUP_SQE128 = 1 << 10;
  private static final int FEATURE_SINGLE_MMAP = 1;
  private static final int ENTER_GETEVENTS = 1;
  private static final long OFFSET_SQ_RING = 0;
  private static final long OFFSET_SQES = 0x10000000L;
  private static final int PARAMETERS_BYTES = 120;
  private static final int SQ_OFFSETS_AT = 40;
  private static final int CQ_OFFSETS_AT = 80;
  private static final int COMPLETION_BYTES = 16;
  private static final long RETRY_NS = 1_000_000;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  static {
    Native.register(IoUring.class, "c");
  }

  private final int fd;
  private final long ringAddress;
  private final long ringBytes;
  private final long commandsAddress;
  private final ByteBuffer ring;
  private final ByteBuffer commands;
  private final int headAt;
  private final int tailAt;
  private final int completedHeadAt;
  private final int completedTailAt;
  private final int completedMask;
  private final int completionsAt;
  private int tail;

  private IoUring(int fd, ByteBuffer parameters) throws IOException {
    this.fd = fd;
    int entries = parameters.getInt(0);
    int completions = parameters.getInt(4);
    headAt = parameters.getInt(SQ_OFFSETS_AT);
    tailAt = parameters.getInt(SQ_OFFSETS_AT + 4);
    int arrayAt = parameters.getInt(SQ_OFFSETS_AT + 24);
    completedHeadAt = parameters.getInt(CQ_OFFSETS_AT);
    completedTailAt = parameters.getInt(CQ_OFFSETS_AT + 4);
    int maskAt = parameters.getInt(CQ_OFFSETS_AT + 8);
    completionsAt = parameters.getInt(CQ_OFFSETS_AT + 20);
    ringBytes =
        Math.max(arrayAt + entries * 4L, completionsAt + (long) completions * COMPLETION_BYTES);
    ringAddress = map(ringBytes, OFFSET_SQ_RING);
    try {
      commandsAddress = map((long) entries * COMMAND_BYTES, OFFSET_SQES);
    } catch (IOException e) {
      munmap(ringAddress, ringBytes);
      throw e;
    }
    ring = at(ringAddress, (int) ringBytes);
    commands = at(commandsAddress, COMMAND_BYTES);
    completedMask = ring.getInt(maskAt);
    ring.putInt(arrayAt, 0);
    tail = ring.getInt(tailAt);
  }

  /**
   * Opens one.
   *
   * @throws IOException with the error number where the kernel has none, or does not allow it
   */
  public static IoUring open() throws IOException {
    ByteBuffer parameters = NativeMemory.allocate(PARAMETERS_BYTES);
    parameters.putInt(8, SETUP_SQE128);
    long fd = syscall(SYS_IO_URING_SETUP, 1, NativeMemory.address(parameters), 0, 0, 0, 0);
    if (fd < 0) {
      throw new IOException("no io_uring can be had: errno " + Libc.errno(fd));
    }
    try {
      if ((parameters.getInt(20) & FEATURE_SINGLE_MMAP) == 0) {
        throw new IOException("the kernel's io_uring is too old");
      }
      return new IoUring((int) fd, parameters);
    } catch (IOException e) {
      close((int) fd);
      throw e;
    }
  }

  /** The command to fill; what the last one held is in it still. */
  public ByteBuffer command() {
    return commands;
  }

  /**
   * Submits the command; {@link #result} waits for its end. What a driver does for it later it does
   * on the thread that submitted it.
   *
   * @return 0, or the error number where the kernel did not take it
   */
  public int submit() {
    advance();
    int errno = Libc.errno(enter(0));
    return errno == Errno.EINTR || errno == Errno.EAGAIN ? 0 : errno;
  }

  /**
   * Submits the command and waits for its end, however often a signal comes between.
   *
   * @return its result: an error number, negative, where it failed or was not taken
   */
  public int perform() {
    advance();
    return result();
  }

  /** Waits for the end of the command that was submitted. */
  public int result() {
    while (true) {
      int errno = Libc.errno(enter(1));
      if (isOver()) {
        int result = newest();
        INT.setRelease(ring, completedHeadAt, ring.getInt(completedHeadAt) + 1);
        return result;
      }
      if (errno == Errno.EAGAIN) {
        // the kernel has no memory for a moment
        LockSupport.parkNanos(RETRY_NS);
      } else if (errno != 0 && errno != Errno.EINTR) {
        return -errno;
      }
    }
  }

  /** Whether the command that was submitted has failed already: its error number, or 0. */
  public int failure() {
    return isOver() ? Math.max(0, -newest()) : 0;
  }

  private boolean isOver() {
    return ring.getInt(completedHeadAt) != (int) INT.getAcquire(ring, completedTailAt);
  }

  private int newest() {
    int at = ring.getInt(completedHeadAt) & completedMask;
    return ring.getInt(completionsAt + at * COMPLETION_BYTES + 8);
  }

  private void advance() {
    tail++;
    INT.setRelease(ring, tailAt, tail);
  }

  /** Submits what is not submitted yet, and waits for so many ends. */
  private long enter(int ends) {
    int left = tail - (int) INT.getAcquire(ring, headAt);
    return syscall(SYS_IO_URING_ENTER, fd, left, ends, ENTER_GETEVENTS, 0, 0);
  }

  @Override
  public void close() {
    munmap(commandsAddress, COMMAND_BYTES);
    munmap(ringAddress, ringBytes);
    close(fd);
  }

  private long map(long bytes, long offset) throws IOException {
    long address = mmap(0, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
    if (address == -1) {
      throw new IOException("an io_uring cannot be mapped: errno " + Libc.errno(address));
    }
    return address;
  }

  private static ByteBuffer at(long address, int bytes) {
    return new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
  }

  private static native long syscall(long number, long a, long b, long c, long d, long e, long f);

  private static native long mmap(
      long address, long bytes, int protection, int flags, int fd, long offset);

  private static native int munmap(long address, long bytes);

  private static native int close(int fd);
}

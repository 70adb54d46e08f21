package io.lockstep.platform.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Zeroed memory that begins at a page and is not there before it is touched: room for the largest
 * request costs nothing while requests are small.
 */
public final class MappedMemory implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  static {
    Native.register(MappedMemory.class, "c");
  }

  private final long address;
  private final long bytes;

  /**
   * Maps {@code bytes}.
   *
   * @throws IOException when there is no room for them
   */
  public MappedMemory(long bytes) throws IOException {
    this.bytes = bytes;
    this.address = mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (address == -1) {
      throw new IOException("no memory can be mapped: errno " + Libc.errno(address));
    }
  }

  /** Where it begins. */
  public long address() {
    return address;
  }

  /** A part of it, in the machine's byte order; not to be used after {@link #close}. */
  public ByteBuffer part(long from, int length) {
    return new Pointer(address + from).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    munmap(address, bytes);
  }

  private static native long mmap(
      long address, long bytes, int protection, int flags, int fd, long offset);

  private static native int munmap(long address, long bytes);
}

package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;

/**
 * One request of the kernel, read in place from a worker's buffer. Offsets are bytes from the end
 * of the common header. Used by one thread; valid until the next request is read.
 */
final class FuseRequest {
  private static final int HEADER_BYTES = 40;

  private final ByteBuffer buffer;
  private final ByteBuffer payload;
  private final long address;
  private int length;

  /** With room for requests of {@code bytes}. */
  FuseRequest(int bytes) {
    buffer = FuseSystem.pages(bytes);
    payload = buffer.duplicate().order(buffer.order());
    address = NativeMemory.address(buffer);
  }

  /** Waits for the next request; returns its length, or what read(2) returned. */
  long read(int fd) {
    long read = FuseSystem.read(fd, address, buffer.capacity());
    length = (int) Math.max(0, read);
    return read;
  }

  /** For tests: the memory that a request is read into. */
  ByteBuffer memory() {
    return buffer;
  }

  /** For tests: as if the kernel had written {@code bytes}. */
  void received(int bytes) {
    length = bytes;
  }

  int opcode() {
    return buffer.getInt(4);
  }

  long unique() {
    return buffer.getLong(8);
  }

  long node() {
    return buffer.getLong(16);
  }

  int user() {
    return buffer.getInt(24);
  }

  int group() {
    return buffer.getInt(28);
  }

  /** The caller's, as this process sees it; 0 where it sees none. */
  int process() {
    return buffer.getInt(32);
  }

  int int32(int offset) {
    return buffer.getInt(HEADER_BYTES + offset);
  }

  long int64(int offset) {
    return buffer.getLong(HEADER_BYTES + offset);
  }

  /** The bytes from {@code offset} to the next NUL. */
  byte[] name(int offset) {
    int start = HEADER_BYTES + offset;
    int end = start;
    while (end < length && buffer.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - start];
    buffer.get(start, name);
    return name;
  }

  byte[] bytes(int offset, int count) {
    within(offset, count);
    byte[] bytes = new byte[count];
    buffer.get(HEADER_BYTES + offset, bytes);
    return bytes;
  }

  /** {@code count} bytes from {@code offset} as a direct buffer; the same object each time. */
  ByteBuffer payload(int offset, int count) {
    within(offset, count);
    return payload.clear().position(HEADER_BYTES + offset).limit(HEADER_BYTES + offset + count);
  }

  /** A request that claims more than it brought gets neither memory nor an earlier one's bytes. */
  private void within(int offset, int count) {
    if (offset < 0 || count < 0 || count > length - HEADER_BYTES - offset) {
      throw new IndexOutOfBoundsException(
          "request of " + length + " bytes claims " + count + " at " + offset);
    }
  }
}

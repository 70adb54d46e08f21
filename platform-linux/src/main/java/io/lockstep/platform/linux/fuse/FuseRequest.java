package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;

/**
 * One request of the kernel, read in place from a worker's buffer. Offsets are bytes from the end
 * of the common header. Used by one thread; valid until the next request is read.
 */
final class FuseRequest {
  static final int HEADER_BYTES = 40;

  private final ByteBuffer buffer;
  private final ByteBuffer payload;
  private final long address;

  /** Where in the buffer it begins. */
  private int start;

  private int length;

  /** With room for requests of {@code bytes}. */
  FuseRequest(int bytes) {
    this(FuseSystem.pages(bytes));
  }

  /** Of requests that come to lie somewhere in {@code memory}. */
  FuseRequest(ByteBuffer memory) {
    buffer = memory;
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

  /** As if the kernel had written {@code bytes}. */
  void received(int bytes) {
    received(0, bytes);
  }

  /** A request lies at {@code from} in the memory, {@code bytes} with its header. */
  void received(int from, int bytes) {
    start = from;
    length = bytes;
  }

  int opcode() {
    return buffer.getInt(start + 4);
  }

  long unique() {
    return buffer.getLong(start + 8);
  }

  long node() {
    return buffer.getLong(start + 16);
  }

  int user() {
    return buffer.getInt(start + 24);
  }

  int group() {
    return buffer.getInt(start + 28);
  }

  /** The caller's, as this process sees it; 0 where it sees none. */
  int process() {
    return buffer.getInt(start + 32);
  }

  int int32(int offset) {
    return buffer.getInt(start + HEADER_BYTES + offset);
  }

  long int64(int offset) {
    return buffer.getLong(start + HEADER_BYTES + offset);
  }

  /** The bytes from {@code offset} to the next NUL. */
  byte[] name(int offset) {
    int from = start + HEADER_BYTES + offset;
    int end = from;
    while (end < start + length && buffer.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - from];
    buffer.get(from, name);
    return name;
  }

  byte[] bytes(int offset, int count) {
    within(offset, count);
    byte[] bytes = new byte[count];
    buffer.get(start + HEADER_BYTES + offset, bytes);
    return bytes;
  }

  /** {@code count} bytes from {@code offset} as a direct buffer; the same object each time. */
  ByteBuffer payload(int offset, int count) {
    within(offset, count);
    int from = start + HEADER_BYTES + offset;
    return payload.clear().position(from).limit(from + count);
  }

  /** A request that claims more than it brought gets neither memory nor an earlier one's bytes. */
  private void within(int offset, int count) {
    if (offset < 0 || count < 0 || count > length - HEADER_BYTES - offset) {
      throw new IndexOutOfBoundsException(
          "request of " + length + " bytes claims " + count + " at " + offset);
    }
  }
}

package io.lockstep.platform.linux.oracle;

import java.util.Arrays;

/**
 * What a file must hold: bytes in memory, changed as POSIX changes a file. Zeros beyond its end.
 */
final class ContentModel {
  private final byte[] bytes;
  private int size;

  ContentModel(int mostBytes) {
    bytes = new byte[mostBytes];
  }

  int size() {
    return size;
  }

  byte[] read(int offset, int length) {
    int end = Math.max(offset, Math.min(size, offset + length));
    return Arrays.copyOfRange(bytes, offset, end);
  }

  void write(int offset, byte[] data) {
    System.arraycopy(data, 0, bytes, offset, data.length);
    grow(offset + data.length);
  }

  void grow(int atLeast) {
    size = Math.max(size, atLeast);
  }

  void truncate(int to) {
    if (to < size) {
      Arrays.fill(bytes, to, size, (byte) 0);
    }
    size = to;
  }

  void zero(int offset, int length) {
    int end = Math.min(size, offset + length);
    if (offset < end) {
      Arrays.fill(bytes, offset, end, (byte) 0);
    }
  }
}

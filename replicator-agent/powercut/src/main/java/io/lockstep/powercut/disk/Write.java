package io.lockstep.powercut.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Bytes that were written at a place of a disk. */
record Write(long offset, byte[] bytes) {
  /** Puts them there. */
  void to(FileChannel image) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(bytes);
    while (all.hasRemaining()) {
      image.write(all, offset + all.position());
    }
  }

  /** {@code length} of the bytes from {@code start} on. */
  Write part(int start, int length) {
    byte[] part = new byte[length];
    System.arraycopy(bytes, start, part, 0, length);
    return new Write(offset + start, part);
  }
}

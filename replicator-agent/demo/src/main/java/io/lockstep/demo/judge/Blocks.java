package io.lockstep.demo.judge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Compares the contents of files, 4 KiB at a time. */
final class Blocks {
  private static final int BLOCK = 4096;
  private static final int BUFFER = 64 * BLOCK;

  private Blocks() {}

  /** The bytes of {@code now} that lie in 4 KiB blocks which differ from {@code before}'s. */
  static long changedBytes(FileChannel before, FileChannel now) throws IOException {
    ByteBuffer old = ByteBuffer.allocateDirect(BUFFER);
    ByteBuffer current = ByteBuffer.allocateDirect(BUFFER);
    long changed = 0;
    for (long at = 0; fill(now, current, at) > 0; at += BUFFER) {
      fill(before, old, at);
      for (int block = 0; block < current.limit(); block += BLOCK) {
        int end = Math.min(block + BLOCK, current.limit());
        int oldEnd = Math.min(end, old.limit());
        boolean same =
            oldEnd == end
                && current.slice(block, end - block).equals(old.slice(block, end - block));
        changed += same ? 0 : end - block;
      }
    }
    return changed;
  }

  private static int fill(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
    buffer.clear();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        break;
      }
    }
    buffer.flip();
    return buffer.limit();
  }
}

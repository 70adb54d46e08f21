package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Strong hashes of blocks of a file: SHA-256 cut to 128 bits. One thread. */
final class BlockHash {
  static final int BYTES = 16;
  static final int COARSE_BLOCK = 64 * 1024;
  static final int FINE_BLOCK = 4 * 1024;

  private final FileStore store;
  private final MessageDigest digest;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(COARSE_BLOCK);

  BlockHash(FileStore store) {
    this.store = store;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The hash of {@code length} bytes at {@code offset}; what is beyond the end counts as zeros. */
  byte[] of(OpenFile file, long offset, int length) throws StoreException {
    fill(store, file, offset, buffer.clear().limit(length));
    digest.reset();
    digest.update(buffer);
    return java.util.Arrays.copyOf(digest.digest(), BYTES);
  }

  /** Reads until {@code into} is full; zeros beyond the end of the file. Position 0 afterwards. */
  static void fill(FileStore store, OpenFile file, long offset, ByteBuffer into)
      throws StoreException {
    int limit = into.limit();
    int count = 1;
    while (into.hasRemaining() && count > 0) {
      count = store.read(file, into, offset + into.position());
      into.position(into.position() + count);
    }
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
    into.position(0).limit(limit);
  }
}

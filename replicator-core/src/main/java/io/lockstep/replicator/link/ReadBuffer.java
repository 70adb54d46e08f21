package io.lockstep.replicator.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Where one connection's bytes are read to: as its channel is configured at first, and, once the
 * peer is trusted, one buffer that is used again for every read. A buffer of that size, taken anew
 * from Netty's pool and given back while nothing else of its chunk is in use, costs the allocation
 * and the zeroing of a chunk each time. Confined to the connection's event loop.
 */
final class ReadBuffer implements RecvByteBufAllocator {
  private final RecvByteBufAllocator before;
  private final int bytes;
  private boolean keeping;
  private ByteBuf kept;

  /** As {@code before} allocates, until {@link #keep}; then one of {@code bytes}. */
  ReadBuffer(RecvByteBufAllocator before, int bytes) {
    this.before = before;
    this.bytes = bytes;
  }

  /** The peer has proved who it is. */
  void keep() {
    keeping = true;
  }

  /** Frees the buffer; later reads allocate as before. */
  void release() {
    keeping = false;
    if (kept != null) {
      kept.release();
      kept = null;
    }
  }

  @Override
  @SuppressWarnings("deprecation") // the interface names this type
  public Handle newHandle() {
    return new KeptHandle((ExtendedHandle) before.newHandle());
  }

  @SuppressWarnings("deprecation") // as above
  private final class KeptHandle extends DelegatingHandle implements ExtendedHandle {
    private final ExtendedHandle handle;

    KeptHandle(ExtendedHandle handle) {
      super(handle);
      this.handle = handle;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      if (keeping && kept == null) {
        kept = allocator.directBuffer(bytes);
      }
      // whoever was given it last has released it: otherwise it is theirs
      return keeping && kept.refCnt() == 1 ? kept.clear().retain() : super.allocate(allocator);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier mayBeMore) {
      return handle.continueReading(mayBeMore);
    }
  }
}

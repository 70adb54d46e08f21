package io.lockstep.replicator.link;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps an event loop awake for a moment after something came, since the next is often not far: a
 * thread that polls needs no other processor to wake it. Lets other threads run between two looks.
 * Confined to its event loop.
 */
final class Attention implements SelectStrategy {
  private final Spin spin;

  Attention(LongSupplier forNs) {
    this.spin = new Spin(forNs);
  }

  /** Something came. */
  void called() {
    spin.begin(System.nanoTime());
  }

  @Override
  public int calculateStrategy(IntSupplier ready, boolean hasTasks) throws Exception {
    if (hasTasks) {
      return ready.get();
    }
    return spin.on() ? SelectStrategy.BUSY_WAIT : SelectStrategy.SELECT;
  }
}

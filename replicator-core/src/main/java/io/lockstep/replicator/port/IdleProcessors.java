package io.lockstep.replicator.port;

import java.io.Closeable;

/**
 * What becomes of this machine's processors while they have nothing to do. One thread at a time.
 */
public interface IdleProcessors extends Closeable {
  /** For a system where that cannot be said. */
  IdleProcessors AS_THE_SYSTEM_LIKES =
      new IdleProcessors() {
        @Override
        public boolean stayAwake(boolean awake) {
          return false;
        }

        @Override
        public void close() {}
      };

  /**
   * Asks that they do not sleep, so that a thread that is woken runs at once, or takes that back.
   *
   * @return whether they stay awake from now on
   */
  boolean stayAwake(boolean awake);

  /** They sleep again as the system likes; does not fail. */
  @Override
  void close();
}

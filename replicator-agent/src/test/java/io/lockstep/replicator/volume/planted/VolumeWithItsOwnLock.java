package io.lockstep.replicator.volume.planted;

import java.util.concurrent.locks.ReentrantLock;

/** A class where none like it may be, for {@code ArchitectureRulesTest}. */
public final class VolumeWithItsOwnLock {
  private final ReentrantLock lock = new ReentrantLock();

  /** Whether someone has it. */
  public boolean busy() {
    return lock.isLocked();
  }
}

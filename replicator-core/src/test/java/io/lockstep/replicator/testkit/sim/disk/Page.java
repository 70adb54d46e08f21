package io.lockstep.replicator.testkit.sim.disk;

/** One page of a file as the page cache holds it, and the block of the disk below it. */
final class Page {
  /** Bytes of a page, and of a block. */
  static final int BYTES = 4096;

  /** What a disk writes in one step. */
  static final int SECTOR_BYTES = 512;

  /** A place on the disk; what it holds survives a loss of power. */
  static final class Block {
    byte[] bytes = new byte[BYTES];
  }

  final Inode inode;
  final long number;

  /** Shared with the block while clean. */
  byte[] bytes = new byte[BYTES];

  /** Null until the first writeback: allocation is delayed. */
  Block block;

  /** Place in the list of dirty pages, or -1. */
  int dirtyIndex = -1;

  /** Whether a cut zeroed its tail, which has to be on the disk before the cut is. */
  boolean tailCut;

  Page(Inode inode, long number) {
    this.inode = inode;
    this.number = number;
  }

  boolean dirty() {
    return dirtyIndex >= 0;
  }
}

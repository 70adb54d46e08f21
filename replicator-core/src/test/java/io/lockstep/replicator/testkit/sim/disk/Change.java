package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.NewFile;

/**
 * One change of a file system's metadata, by outcome, as its journal keeps it. {@link #number} is
 * the inode that changes.
 */
sealed interface Change {
  /** The inode that changes. */
  long number();

  /** Whether names change, and not what one file is or holds. */
  default boolean ofNames() {
    return false;
  }

  /** Whether it is needed to reach a file's data. */
  default boolean ofContent() {
    return false;
  }

  /** A new inode. */
  record Born(long number, long inode, NewFile what) implements Change {
    @Override
    public boolean ofContent() {
      return true;
    }
  }

  /** Attributes, all of them. */
  record Attributes(long number, Inode.Attributes attributes) implements Change {}

  /** An extended attribute; gone when {@code value} is null. */
  record Xattr(long number, String name, byte[] value) implements Change {}

  /** A name in the directory {@code number}; gone when {@code child} is 0. */
  record Name(long number, String name, long child) implements Change {
    @Override
    public boolean ofNames() {
      return true;
    }
  }

  /** No name leads to the inode, no handle holds it. */
  record Gone(long number) implements Change {
    @Override
    public boolean ofNames() {
      return true;
    }
  }

  /** A new length; {@code tail} is the page whose end was zeroed and goes first, or null. */
  record Size(long number, long size, Page tail) implements Change {
    @Override
    public boolean ofContent() {
      return true;
    }
  }

  /** A block was written and becomes part of the file, which is now at least that long. */
  record Map(long number, long page, Page.Block block, long size) implements Change {
    @Override
    public boolean ofContent() {
      return true;
    }
  }

  /** Pages from {@code first} to before {@code end} became a hole. */
  record Unmap(long number, long first, long end) implements Change {
    @Override
    public boolean ofContent() {
      return true;
    }
  }
}

package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Libc;

/** Renames by directory descriptors and names in memory; answers as a system call does. */
final class Renames {
  /** Whatever has the new name is replaced. */
  static final int REPLACE = 0;

  /** EEXIST where something has the new name. */
  static final int NOREPLACE = 1;

  /** Both are there, and change their names. */
  static final int EXCHANGE = 2;

  private Renames() {}

  static long rename(int from, long name, int to, long newName, int how) {
    return how == REPLACE
        ? Libc.renameat(from, name, to, newName)
        : Libc.syscall(Architecture.RENAMEAT2, from, name, to, newName, how, 0);
  }
}

package io.lockstep.platform.linux.syscall;

/** Numbers of the system calls for which the C library has no function, or only newer ones have. */
public final class Architecture {
  /** Whether this is a 64-bit ARM; otherwise a 64-bit x86 is assumed. */
  static final boolean ARM64 = "aarch64".equals(System.getProperty("os.arch"));

  /** getdents64(2). */
  public static final int GETDENTS64 = ARM64 ? 61 : 217;

  /** mknodat(2). */
  public static final int MKNODAT = ARM64 ? 33 : 259;

  /** renameat2(2). */
  public static final int RENAMEAT2 = ARM64 ? 276 : 316;

  /** open_tree(2), Linux 5.2; the numbers from here on are equal everywhere. */
  public static final int OPEN_TREE = 428;

  /** move_mount(2), Linux 5.2. */
  public static final int MOVE_MOUNT = 429;

  /** openat2(2), Linux 5.6. */
  public static final int OPENAT2 = 437;

  /** mount_setattr(2), Linux 5.12. */
  public static final int MOUNT_SETATTR = 442;

  /** fchmodat2(2), Linux 6.6. */
  public static final int FCHMODAT2 = 452;

  /** setxattrat(2), Linux 6.13. */
  public static final int SETXATTRAT = 463;

  /** getxattrat(2), Linux 6.13. */
  public static final int GETXATTRAT = 464;

  private Architecture() {}
}

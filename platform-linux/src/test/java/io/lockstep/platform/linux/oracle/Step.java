package io.lockstep.platform.linux.oracle;

/**
 * One call of a random sequence: small numbers that {@link Side} looks up in tables of arguments,
 * so that they shrink to the plainest ones.
 *
 * @param slot which of the open files
 * @param path the first name
 * @param other the second name
 * @param x the first argument
 * @param y the second argument
 */
record Step(Kind kind, int user, int slot, int path, int other, int x, int y) {
  /** What is done. */
  enum Kind {
    OPEN,
    WRITE,
    PWRITE,
    READ,
    PREAD,
    UNLINK,
    MKDIR,
    RENAME,
    LINK,
    CLOSE,
    CHMOD,
    CHOWN,
    UTIMES,
    TRUNCATE,
    FTRUNCATE,
    FALLOCATE,
    LSEEK,
    SYMLINK,
    READLINK,
    RMDIR,
    MKNOD,
    FCHMOD,
    FCHOWN,
    FUTIMES,
    SETXATTR,
    GETXATTR,
    LISTXATTR,
    REMOVEXATTR,
    FSETXATTR,
    FGETXATTR,
    ACCESS,
    LIST,
    REOPEN,
    LINK_OPEN,
    COPY_RANGE,
    SYNC,
    STATUS,
    MAPPED_STORE
  }

  /** Another step of the same kind; at {@code turn} 0 the same. */
  Step turned(int turn) {
    return new Step(
        kind,
        (user + turn) % 4,
        (slot + turn) % 4,
        (path + 7 * turn) % 61,
        (other + 11 * turn) % 61,
        (x + 13 * turn) % 60,
        (y + 17 * turn) % 60);
  }
}

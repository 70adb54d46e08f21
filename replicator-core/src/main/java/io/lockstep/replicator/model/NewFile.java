package io.lockstep.replicator.model;

/**
 * What a new file shall be.
 *
 * @param permissions the permission bits, the creator's umask already taken off where it applies
 * @param device number for device files, else 0
 * @param target where a symbolic link leads; empty for every other kind
 */
public record NewFile(
    FileKind kind, int permissions, int owner, int group, long device, byte[] target) {
  private static final byte[] NO_TARGET = {};

  /** A regular file. */
  public static NewFile file(int permissions, int owner, int group) {
    return new NewFile(FileKind.FILE, permissions, owner, group, 0, NO_TARGET);
  }

  /** A directory. */
  public static NewFile directory(int permissions, int owner, int group) {
    return new NewFile(FileKind.DIRECTORY, permissions, owner, group, 0, NO_TARGET);
  }

  /** A symbolic link that leads to {@code target}. */
  public static NewFile symlink(byte[] target, int owner, int group) {
    return new NewFile(FileKind.SYMLINK, 0777, owner, group, 0, target);
  }
}

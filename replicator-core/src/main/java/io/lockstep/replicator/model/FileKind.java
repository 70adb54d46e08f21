package io.lockstep.replicator.model;

/**
 * What kind of thing a directory entry names. The ordinal is part of the wire format: append only.
 */
public enum FileKind {
  FILE,
  DIRECTORY,
  SYMLINK,
  FIFO,
  SOCKET,
  CHARACTER_DEVICE,
  BLOCK_DEVICE
}

package io.lockstep.powercut.disk;

import java.util.List;
import java.util.Locale;

/** The file systems that a node's disk is tried with. */
public enum FileSystem {
  EXT4("mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=0"),
  XFS("mkfs.xfs -q -f -K"),
  BTRFS("mkfs.btrfs -q -f -K");

  private final String make;

  FileSystem(String make) {
    this.make = make;
  }

  /** The words of the command that makes one; the image follows. */
  List<String> make() {
    return List.of(make.split(" "));
  }

  /** As mount(8) calls it. */
  public String type() {
    return name().toLowerCase(Locale.ROOT);
  }
}

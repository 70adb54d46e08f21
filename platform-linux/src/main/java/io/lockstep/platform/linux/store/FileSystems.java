package io.lockstep.platform.linux.store;

/** Which types of file system can not hold a replicated directory, by statfs(2) type. */
final class FileSystems {
  private FileSystems() {}

  /** Why the type is refused and what to do, or null if it is not. */
  static String refusal(long type) {
    return switch ((int) type) {
      case 0x6969 ->
          "NFS: other hosts change it behind Lockstep's back; replicate on the server, or use a"
              + " local disk";
      case 0xff534d42, 0xfe534d42, 0x517b ->
          "an SMB share: other hosts change it behind Lockstep's back; use a local disk";
      case 0x65735546 ->
          "a FUSE file system: Lockstep needs the disk's own file system below; if this is a"
              + " mount that Lockstep left, uncover the directory first, else use ext4, xfs or"
              + " btrfs";
      case 0x01021997 -> "9p, a share of another host: use a local disk";
      case 0x00c36400 -> "Ceph, which replicates by itself: use a local disk";
      case 0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720 ->
          "a file system of the kernel's own (proc, sysfs, cgroup, debugfs): choose a directory on"
              + " a disk";
      default -> null;
    };
  }
}

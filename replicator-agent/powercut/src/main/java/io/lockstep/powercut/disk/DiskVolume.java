package io.lockstep.powercut.disk;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A directory with one file, a disk: what the loop device of a node is made on. Everything but
 * reading, writing and flushing that file is refused. Safe for any thread.
 */
final class DiskVolume implements Volume {
  /** The file's name. */
  static final String NAME = "disk.img";

  private static final byte[] NAME_BYTES = NAME.getBytes(StandardCharsets.US_ASCII);
  private static final int BLOCK_BYTES = 4096;

  private record Node(long number, int directory) implements TreeNode {}

  private record Open(TreeNode node) implements VolumeFile {}

  private static final Node ROOT = new Node(1, 0);
  private static final Node FILE = new Node(2, 0);

  private final PowerDisk disk;

  DiskVolume(PowerDisk disk) {
    this.disk = disk;
  }

  private static StoreException refused() {
    return new StoreException(Failure.NOT_SUPPORTED, "a disk only reads, writes and flushes");
  }

  private static StoreException io(IOException e) {
    return new StoreException(Failure.IO, e.getMessage());
  }

  private FileStatus status(TreeNode node) {
    boolean file = node.equals(FILE);
    long size = file ? disk.sizeBytes() : 0;
    return new FileStatus(
        file ? FileKind.FILE : FileKind.DIRECTORY,
        file ? 0600 : 0700,
        0,
        0,
        file ? 1 : 2,
        size,
        size / 512,
        BLOCK_BYTES,
        0,
        node.number(),
        0,
        0,
        0);
  }

  @Override
  public TreeNode root(int directory) {
    return ROOT;
  }

  @Override
  public TreeNode node(long number) throws StoreException {
    if (number == FILE.number()) {
      return FILE;
    }
    throw new StoreException(Failure.STALE, "no node has number " + number);
  }

  @Override
  public Found lookup(TreeNode parent, byte[] name) throws StoreException {
    if (!Arrays.equals(name, NAME_BYTES)) {
      throw new StoreException(Failure.NOT_FOUND, "there is only " + NAME);
    }
    return new Found(FILE, status(FILE));
  }

  @Override
  public void forget(TreeNode node, long references) {}

  @Override
  public int known() {
    return 0;
  }

  @Override
  public long idle(int directory, long from, int most, IdleVisitor visitor) {
    return -1;
  }

  @Override
  public FileStatus status(TreeNode node, VolumeFile file) {
    return status(node);
  }

  @Override
  public FileStatus setAttributes(TreeNode node, VolumeFile file, AttributeChange change) {
    return status(node);
  }

  @Override
  public FileStatus truncate(TreeNode node, VolumeFile file, long sizeBytes) throws StoreException {
    throw refused();
  }

  @Override
  public byte[] readLink(TreeNode node) throws StoreException {
    throw refused();
  }

  @Override
  public Found create(TreeNode parent, byte[] name, NewFile what) throws StoreException {
    throw refused();
  }

  @Override
  public Opened createAndOpen(TreeNode parent, byte[] name, NewFile what, FileStore.Access access)
      throws StoreException {
    throw refused();
  }

  @Override
  public Opened createNameless(TreeNode parent, NewFile what) throws StoreException {
    throw refused();
  }

  @Override
  public void forgetAll(int directory) {
    // nothing is held
  }

  @Override
  public Found link(TreeNode existing, TreeNode parent, byte[] name) throws StoreException {
    throw refused();
  }

  @Override
  public void remove(TreeNode parent, byte[] name, boolean directory) throws StoreException {
    throw refused();
  }

  @Override
  public void rename(
      TreeNode parent, byte[] name, TreeNode toParent, byte[] toName, RenameMode mode)
      throws StoreException {
    throw refused();
  }

  @Override
  public VolumeFile open(TreeNode node, FileStore.Access access) {
    return new Open(node);
  }

  @Override
  public int read(VolumeFile file, ByteBuffer into, long offset) throws StoreException {
    try {
      return disk.read(into, offset);
    } catch (IOException e) {
      throw io(e);
    }
  }

  @Override
  public void write(VolumeFile file, ByteBuffer data, long offset, Durability durability)
      throws StoreException {
    try {
      disk.write(data, offset);
      if (durability != Durability.RECEIVED) {
        disk.flush();
      }
    } catch (IOException e) {
      throw io(e);
    }
  }

  @Override
  public void allocate(VolumeFile file, Allocation how, long offset, long lengthBytes)
      throws StoreException {
    throw refused();
  }

  @Override
  public long seek(VolumeFile file, FileStore.Region region, long offset) throws StoreException {
    throw refused();
  }

  @Override
  public void sync(VolumeFile file, boolean dataOnly) throws StoreException {
    try {
      disk.flush();
    } catch (IOException e) {
      throw io(e);
    }
  }

  @Override
  public void syncDirectory(TreeNode directory) {}

  @Override
  public void close(VolumeFile file) {}

  @Override
  public VolumeFile openDirectory(TreeNode directory) {
    return new Open(directory);
  }

  @Override
  public void entries(VolumeFile directory, long from, FileStore.EntryVisitor visitor)
      throws StoreException {
    if (from == 0) {
      visitor.entry(NAME_BYTES.clone(), FileKind.FILE, FILE.number(), 1);
    }
  }

  @Override
  public FileStore.Statistics statistics(TreeNode node) {
    return new FileStore.Statistics(BLOCK_BYTES, disk.sizeBytes() / BLOCK_BYTES, 0, 0, 2, 0, 255);
  }

  @Override
  public List<byte[]> xattrs(TreeNode node) {
    return List.of();
  }

  @Override
  public byte[] xattr(TreeNode node, byte[] name) throws StoreException {
    throw new StoreException(Failure.NO_ATTRIBUTE, "a disk has no attributes");
  }

  @Override
  public void setXattr(TreeNode node, byte[] name, byte[] value, XattrMode mode)
      throws StoreException {
    throw refused();
  }

  @Override
  public void removeXattr(TreeNode node, byte[] name) throws StoreException {
    throw refused();
  }
}

package io.lockstep.agent.cli;

import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A file on its way back: written beside its place under a name of its own, then put there in one
 * step. No symbolic link on the way to it is followed, so that a tree that users can change does
 * not lead a write of this process anywhere else.
 */
final class RestoredFile implements AutoCloseable {
  /** What the interceptor's mounts are. */
  private static final String MOUNT = "fuse.lockstep";

  private final List<SecureDirectoryStream<Path>> open;
  private final SecureDirectoryStream<Path> directory;
  private final Path name;
  private final boolean replaces;
  private final Path unfinished = Path.of(".lockstep-restore-" + UUID.randomUUID());
  private final SeekableByteChannel channel;
  private boolean finished;

  private RestoredFile(List<SecureDirectoryStream<Path>> open, Path name, boolean replaces)
      throws IOException {
    this.open = open;
    this.directory = open.get(open.size() - 1);
    this.name = name;
    this.replaces = replaces;
    this.channel =
        directory.newByteChannel(
            unfinished,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /**
   * In a module's directory, through its mount.
   *
   * @throws IOException also where the mount is not there
   */
  static RestoredFile inTree(Path root, TreePath path) throws IOException {
    String type = Files.getFileStore(root).type();
    if (!type.equals(MOUNT)) {
      throw new IOException(root + " is not mounted for the application here (it is " + type + ")");
    }
    return below(root, path);
  }

  /** Below a directory, whatever it is. */
  static RestoredFile below(Path root, TreePath path) throws IOException {
    List<Path> names = new ArrayList<>();
    for (TreePath at = path; !at.isRoot(); at = at.parent()) {
      names.add(0, name(at));
    }
    List<SecureDirectoryStream<Path>> open = new ArrayList<>();
    try {
      open.add(stream(root));
      for (Path each : names.subList(0, names.size() - 1)) {
        open.add(open.get(open.size() - 1).newDirectoryStream(each, LinkOption.NOFOLLOW_LINKS));
      }
      return new RestoredFile(open, names.get(names.size() - 1), true);
    } catch (NoSuchFileException e) {
      closeAll(open);
      throw new IOException(
          "the directory " + e.getFile() + " is not there any more: make it, or use --to", e);
    } catch (IOException | RuntimeException e) {
      closeAll(open);
      throw e;
    }
  }

  /** Under a name where nothing is yet. */
  static RestoredFile at(Path target) throws IOException {
    Path parent = target.getParent();
    if (parent == null) {
      throw new IOException(target + " is no place for a file");
    }
    List<SecureDirectoryStream<Path>> open = new ArrayList<>();
    try {
      open.add(stream(parent));
      return new RestoredFile(open, target.getFileName(), false);
    } catch (IOException | RuntimeException e) {
      closeAll(open);
      throw e;
    }
  }

  /** Closed with all that are open. */
  @SuppressWarnings("StreamResourceLeak")
  private static SecureDirectoryStream<Path> stream(Path directory) throws IOException {
    return (SecureDirectoryStream<Path>) Files.newDirectoryStream(directory);
  }

  private static Path name(TreePath path) throws IOException {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(path.name())).toString();
      return Path.of(text);
    } catch (CharacterCodingException | java.nio.file.InvalidPathException e) {
      throw new IOException("its name cannot be written on this machine: use --to", e);
    }
  }

  void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Gives it what it was and puts it in its place; on stable storage on return. */
  void finish(QuarantineEntry was) throws IOException {
    PosixFileAttributeView view =
        directory.getFileAttributeView(
            unfinished, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    var principals = name.getFileSystem().getUserPrincipalLookupService();
    view.setOwner(principals.lookupPrincipalByName(Integer.toString(was.owner())));
    view.setGroup(principals.lookupPrincipalByGroupName(Integer.toString(was.group())));
    view.setPermissions(permissions(was.mode()));
    view.setTimes(FileTime.from(was.modifiedNs(), TimeUnit.NANOSECONDS), null, null);
    if (channel instanceof FileChannel file) {
      file.force(true);
    }
    if (!replaces && exists()) {
      throw new FileAlreadyExistsException(name + " exists already");
    }
    directory.move(unfinished, directory, name);
    finished = true;
  }

  private boolean exists() {
    try {
      directory
          .getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .readAttributes();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Those of owner, group and others; who may act as the owner is decided anew. */
  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode >> (all.length - 1 - i) & 1) != 0) {
        permissions.add(all[i]);
      }
    }
    return permissions;
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      if (!finished) {
        directory.deleteFile(unfinished);
      }
    } finally {
      closeAll(open);
    }
  }

  private static void closeAll(List<SecureDirectoryStream<Path>> open) throws IOException {
    for (SecureDirectoryStream<Path> each : open) {
      each.close();
    }
  }
}

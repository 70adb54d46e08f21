package io.lockstep.replicator.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that the nodes of one cluster share: 32 random bytes in a file that only its owner can
 * read. Link and heartbeats prove with it that they come from the cluster. Safe for use by many
 * threads. Never printed.
 */
public final class ClusterKey {
  /** Length of the key in bytes, and so of its file. */
  public static final int LENGTH = 32;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  private ClusterKey(byte[] bytes) {
    this.key = new SecretKeySpec(bytes, ALGORITHM);
  }

  /**
   * Reads the key. On systems with POSIX permissions a file that its group or others can read or
   * write is refused.
   *
   * @throws IOException telling what is wrong with the file and what to do
   */
  public static ClusterKey load(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(),
          null,
          "the cluster key file does not exist: create it on one node and copy it to the other");
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException("the cluster key " + file + " is not a regular file");
    }
    checkMode(file);
    long size = Files.size(file);
    if (size != LENGTH) {
      throw new IOException(
          "the cluster key file "
              + file
              + " has "
              + size
              + " bytes, a key has "
              + LENGTH
              + ": it is damaged or not a key; copy it again from the other node");
    }
    return of(Files.readAllBytes(file));
  }

  private static void checkMode(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    Set<PosixFilePermission> open = EnumSet.copyOf(PosixFilePermissions.fromString("---rwxrwx"));
    Set<PosixFilePermission> mode = view.readAttributes().permissions();
    open.retainAll(mode);
    if (!open.isEmpty()) {
      throw new IOException(
          "the cluster key file "
              + file
              + " has mode "
              + PosixFilePermissions.toString(mode)
              + ", so others than its owner have access and the key may be known: run chmod 600 "
              + file
              + ", and make a new key if others use this machine");
    }
  }

  /**
   * Draws a new key and writes it to a new file of mode 600, durably.
   *
   * @throws FileAlreadyExistsException when there is such a file: a key is never overwritten
   */
  public static ClusterKey generate(Path file) throws IOException {
    byte[] bytes = new byte[LENGTH];
    RANDOM.nextBytes(bytes);
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] mode =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (FileChannel out =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
      out.force(true);
    }
    return of(bytes);
  }

  /** A key of the given 32 bytes, which are copied. */
  public static ClusterKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a key has " + LENGTH + " bytes, not " + bytes.length);
    }
    return new ClusterKey(bytes);
  }

  /**
   * The HMAC-SHA256 (32 bytes) over a purpose and the parts, each with its length before it, so
   * that no two different lists of parts give the same input. Use another purpose for each use of
   * the key.
   */
  public byte[] mac(String purpose, byte[]... parts) {
    Mac mac = newMac();
    update(mac, purpose.getBytes(StandardCharsets.UTF_8));
    for (byte[] part : parts) {
      update(mac, part);
    }
    return mac.doFinal();
  }

  private static void update(Mac mac, byte[] part) {
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
    mac.update(part);
  }

  private Mac newMac() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return "ClusterKey";
  }
}

package io.lockstep.replicator.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The place of a file below one of the module's replicated directories: names of any bytes, joined
 * by {@code '/'}, without a leading one; the empty path is the directory itself.
 *
 * <p>A path can only be built from names that stay inside the directory: empty names, {@code "."},
 * {@code ".."} and NUL are refused by the constructor, so that no peer, however hostile, can name
 * anything outside.
 */
public final class TreePath implements Comparable<TreePath> {
  /** Longest name in bytes. */
  public static final int MAX_NAME_BYTES = 255;

  /** Longest path in bytes. */
  public static final int MAX_PATH_BYTES = 4096;

  private static final byte SEPARATOR = '/';

  private final int directory;
  private final byte[] bytes;
  private int hash;

  private TreePath(int directory, byte[] bytes) {
    this.directory = directory;
    this.bytes = bytes;
  }

  /** The replicated directory number {@code directory} itself. */
  public static TreePath root(int directory) {
    return new TreePath(checkDirectory(directory), new byte[0]);
  }

  /**
   * A path from its bytes, which are copied.
   *
   * @throws IllegalArgumentException if any name in it is empty, too long, {@code "."}, {@code
   *     ".."} or holds a NUL, or the whole is too long
   */
  public static TreePath of(int directory, byte[] bytes) {
    checkDirectory(directory);
    if (bytes.length > MAX_PATH_BYTES) {
      throw new IllegalArgumentException("path of " + bytes.length + " bytes");
    }
    int start = 0;
    for (int i = 0; i <= bytes.length && bytes.length > 0; i++) {
      if (i == bytes.length || bytes[i] == SEPARATOR) {
        checkName(bytes, start, i - start);
        start = i + 1;
      }
    }
    return new TreePath(directory, bytes.clone());
  }

  /** A path from text, for tests, configuration and messages; UTF-8. */
  public static TreePath of(int directory, String text) {
    return of(directory, text.getBytes(StandardCharsets.UTF_8));
  }

  /** This path with one more name. */
  public TreePath resolve(byte[] name) {
    checkName(name, 0, name.length);
    for (byte b : name) {
      if (b == SEPARATOR) {
        throw new IllegalArgumentException("separator in a name");
      }
    }
    if (isRoot()) {
      return new TreePath(directory, name.clone());
    }
    byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + name.length);
    joined[bytes.length] = SEPARATOR;
    System.arraycopy(name, 0, joined, bytes.length + 1, name.length);
    return new TreePath(directory, joined);
  }

  /** This path with one more name given as UTF-8 text. */
  public TreePath resolve(String name) {
    return resolve(name.getBytes(StandardCharsets.UTF_8));
  }

  /** Number of the replicated directory in the module, from 0. */
  public int directory() {
    return directory;
  }

  /** The bytes of the path; the caller must not change them. */
  public byte[] bytes() {
    return bytes;
  }

  /** Whether this is the replicated directory itself. */
  public boolean isRoot() {
    return bytes.length == 0;
  }

  /** The directory that holds this entry. @throws IllegalStateException for the root */
  public TreePath parent() {
    if (isRoot()) {
      throw new IllegalStateException("the root has no parent");
    }
    int slash = lastSeparator();
    return new TreePath(directory, slash < 0 ? new byte[0] : Arrays.copyOf(bytes, slash));
  }

  /** The last name. @throws IllegalStateException for the root */
  public byte[] name() {
    if (isRoot()) {
      throw new IllegalStateException("the root has no name");
    }
    return Arrays.copyOfRange(bytes, lastSeparator() + 1, bytes.length);
  }

  /** How many names the path has; 0 for the root. */
  public int depth() {
    if (isRoot()) {
      return 0;
    }
    int depth = 1;
    for (byte b : bytes) {
      if (b == SEPARATOR) {
        depth++;
      }
    }
    return depth;
  }

  /** Whether this path is {@code ancestor} or lies below it. */
  public boolean startsWith(TreePath ancestor) {
    if (directory != ancestor.directory || bytes.length < ancestor.bytes.length) {
      return false;
    }
    if (ancestor.isRoot()) {
      return true;
    }
    return Arrays.equals(bytes, 0, ancestor.bytes.length, ancestor.bytes, 0, ancestor.bytes.length)
        && (bytes.length == ancestor.bytes.length || bytes[ancestor.bytes.length] == SEPARATOR);
  }

  /** This path after its ancestor (or itself) {@code from} became {@code to}. */
  public TreePath rebase(TreePath from, TreePath to) {
    if (!startsWith(from)) {
      throw new IllegalArgumentException(this + " is not below " + from);
    }
    if (bytes.length == from.bytes.length) {
      return to;
    }
    int skip = from.isRoot() ? 0 : from.bytes.length + 1;
    byte[] rest = Arrays.copyOfRange(bytes, skip, bytes.length);
    if (to.isRoot()) {
      return new TreePath(to.directory, rest);
    }
    byte[] joined = Arrays.copyOf(to.bytes, to.bytes.length + 1 + rest.length);
    joined[to.bytes.length] = SEPARATOR;
    System.arraycopy(rest, 0, joined, to.bytes.length + 1, rest.length);
    return new TreePath(to.directory, joined);
  }

  private int lastSeparator() {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] == SEPARATOR) {
        return i;
      }
    }
    return -1;
  }

  private static int checkDirectory(int directory) {
    if (directory < 0 || directory > 255) {
      throw new IllegalArgumentException("directory number " + directory);
    }
    return directory;
  }

  private static void checkName(byte[] bytes, int offset, int length) {
    if (length == 0 || length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("name of " + length + " bytes");
    }
    if (bytes[offset] == '.' && (length == 1 || (length == 2 && bytes[offset + 1] == '.'))) {
      throw new IllegalArgumentException("name that leads elsewhere");
    }
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] == 0) {
        throw new IllegalArgumentException("NUL in a name");
      }
    }
  }

  @Override
  public int compareTo(TreePath other) {
    int byDirectory = Integer.compare(directory, other.directory);
    return byDirectory != 0 ? byDirectory : Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TreePath path
        && directory == path.directory
        && Arrays.equals(bytes, path.bytes);
  }

  @Override
  public int hashCode() {
    if (hash == 0) {
      hash = 31 * Arrays.hashCode(bytes) + directory;
    }
    return hash;
  }

  /** For messages only: bytes that are not UTF-8 are replaced. */
  @Override
  public String toString() {
    return directory + ":/" + new String(bytes, StandardCharsets.UTF_8);
  }
}

package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import java.nio.charset.StandardCharsets;

/**
 * One place that an operation touched, and in which two nodes may therefore differ. Paths are where
 * the node that says so has the file; the other node looks by identity first.
 */
public sealed interface Touched {
  /** Where the node that says so has it; for {@link Name} the directory. */
  TreePath path();

  /**
   * A name in a directory.
   *
   * @param directory the directory
   * @param path of the directory
   * @param name the bytes as ISO-8859-1 text, so that equal names are equal; empty for all names
   */
  record Name(FileId directory, TreePath path, String name) implements Touched {
    /** One name. */
    public static Name of(FileId directory, TreePath path, byte[] name) {
      return new Name(directory, path, new String(name, StandardCharsets.ISO_8859_1));
    }

    /** Any name of the directory. */
    public static Name all(FileId directory, TreePath path) {
      return new Name(directory, path, "");
    }

    /** The bytes of the name. */
    public byte[] bytes() {
      return name.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Content of a file, {@code from} inclusive, {@code to} exclusive.
   *
   * @param to {@link Long#MAX_VALUE} for the end of the file, wherever that is
   * @param doubtful whether the nodes may well be equal there: compared by hashes, not sent; known
   *     to this node only
   */
  record Content(FileId id, TreePath path, long from, long to, boolean doubtful)
      implements Touched {
    /** Content that is known to have changed. */
    public Content(FileId id, TreePath path, long from, long to) {
      this(id, path, from, to, false);
    }

    /** The same range, to be compared. */
    public Content inDoubt() {
      return new Content(id, path, from, to, true);
    }
  }

  /** Attributes of a file or directory. */
  record Metadata(FileId id, TreePath path, boolean xattrs) implements Touched {}

  /** Anything in a file: compared by hashes. */
  record Whole(FileId id, TreePath path) implements Touched {}

  /** Too much to tell apart: the trees must be compared in full. */
  record Everything() implements Touched {
    @Override
    public TreePath path() {
      return TreePath.root(0);
    }
  }
}

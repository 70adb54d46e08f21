package io.lockstep.replicator.volume;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file, directory or link that an interceptor refers to: its identity and the names it is known
 * by.
 *
 * <p>{@link #order()} is held by whoever modifies the file, or the names in the directory, from
 * before the operation is numbered until it had its effect here, so that operations on one file
 * keep their order. Names change only under the volume's tree lock.
 */
final class Node implements TreeNode {
  /** One name of a file. */
  static final class Name {
    private final Node parent;
    private final byte[] bytes;
    private final Node node;
    private final int hash;

    /** The bytes become the name's own. */
    Name(Node parent, byte[] bytes, Node node) {
      this.parent = parent;
      this.bytes = bytes;
      this.node = node;
      this.hash = hash(parent, bytes);
    }

    static int hash(Node parent, byte[] bytes) {
      return 31 * Long.hashCode(parent.number()) + Arrays.hashCode(bytes);
    }

    Node parent() {
      return parent;
    }

    byte[] bytes() {
      return bytes;
    }

    /** What has it. */
    Node node() {
      return node;
    }

    int hash() {
      return hash;
    }

    boolean is(Node otherParent, byte[] otherBytes) {
      return parent == otherParent && Arrays.equals(bytes, otherBytes);
    }
  }

  private static final Handle[] NOT_OPEN = {};

  private final long number;
  private final int directory;
  private final long inode;
  private final boolean isDirectory;
  private final Execution execution;
  private volatile ReentrantLock order;
  private volatile List<Name> names = List.of();
  private volatile Handle[] handles = NOT_OPEN;
  private long references;
  private volatile FileId id;
  private volatile boolean gone;
  private volatile boolean plain;
  private OpenFile held;

  Node(Execution execution, long number, int directory, long inode, boolean isDirectory) {
    this.execution = execution;
    this.number = number;
    this.directory = directory;
    this.inode = inode;
    this.isDirectory = isDirectory;
  }

  /** Made when it is first needed: of a million files few are modified. */
  ReentrantLock order() {
    ReentrantLock made = order;
    if (made == null) {
      synchronized (this) {
        if (order == null) {
          order = execution.lock();
        }
        made = order;
      }
    }
    return made;
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public int directory() {
    return directory;
  }

  long inode() {
    return inode;
  }

  boolean isDirectory() {
    return isDirectory;
  }

  boolean isRoot() {
    return number == directory + 1L;
  }

  /** Null until something modified the file or its identity was read. */
  FileId id() {
    return id;
  }

  void identified(FileId newId) {
    id = newId;
  }

  /** Whether its last name is gone: what happens to it then concerns this node only. */
  boolean isGone() {
    return gone;
  }

  /**
   * The last name is gone; {@code file} keeps what is left within reach (a working directory, a
   * descriptor that is only a place) until the node is forgotten. It may be null.
   */
  void setGone(OpenFile file) {
    gone = true;
    held = file;
  }

  /** Whether it was made here, and nobody has set an extended attribute of it since. */
  boolean isPlain() {
    return plain;
  }

  void setPlain(boolean isPlain) {
    plain = isPlain;
  }

  /** A file without a name got its first one. */
  void setNamed() {
    gone = false;
  }

  /** What {@link #setGone} was given; null when nothing was. */
  OpenFile held() {
    return held;
  }

  /** Where it is, by the first of its known names; null when none is known. Under the tree lock. */
  TreePath path() {
    if (isRoot()) {
      return TreePath.root(directory);
    }
    List<Name> known = names;
    if (known.isEmpty()) {
      return null;
    }
    Name name = known.get(0);
    TreePath parent = name.parent().path();
    return parent == null ? null : parent.resolve(name.bytes());
  }

  void addName(Name name) {
    List<Name> more = new ArrayList<>(names);
    more.add(name);
    names = List.copyOf(more);
  }

  /** Returns whether the name was known. */
  boolean removeName(Node parent, byte[] name) {
    List<Name> fewer = names.stream().filter(known -> !known.is(parent, name)).toList();
    boolean known = fewer.size() < names.size();
    names = List.copyOf(fewer);
    return known;
  }

  List<Name> knownNames() {
    return names;
  }

  long references() {
    return references;
  }

  void addReferences(long more) {
    references += more;
  }

  boolean isOpen() {
    return handles.length > 0;
  }

  /** Under the table's monitor, as {@link #closed}. */
  void opened(Handle handle) {
    Handle[] more = Arrays.copyOf(handles, handles.length + 1);
    more[handles.length] = handle;
    handles = more;
  }

  void closed(Handle handle) {
    Handle[] fewer = Arrays.stream(handles).filter(h -> h != handle).toArray(Handle[]::new);
    handles = fewer.length == 0 ? NOT_OPEN : fewer;
  }

  /** Any handle on it, preferably one that can write; null if it is not open. */
  Handle anyHandle() {
    Handle any = null;
    for (Handle handle : handles) {
      if (any == null || handle.access() != FileStore.Access.READ) {
        any = handle;
      }
    }
    return any;
  }

  @Override
  public String toString() {
    return "node " + number;
  }
}

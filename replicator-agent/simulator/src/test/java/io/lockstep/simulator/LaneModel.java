package io.lockstep.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What one thread's directory holds if every operation did what it says: a small file system of
 * names, contents, modes, attributes and hard links. Keeps besides what each file may have held
 * since it was last synced, for the case that power is lost.
 */
final class LaneModel {
  private static final int LARGEST = 9_000;
  private static final int MOST_NAMES = 9;

  /** A file or directory. */
  static final class Node {
    final boolean directory;

    /** The same in every copy, whatever names it has. */
    private final int file;

    byte[] data = {};
    int mode;
    String xattr = "";

    /** Contents since the last sync, that of the sync first; each is never changed. */
    final List<byte[]> versions = new ArrayList<>();

    /** {@code file} is no other's. */
    Node(boolean directory, int mode, int file) {
      this.directory = directory;
      this.mode = mode;
      this.file = file;
    }

    void becomes(byte[] newData) {
      data = newData;
      versions.add(newData);
    }

    void synced() {
      versions.clear();
      versions.add(data);
    }

    /** Whether both look the same but for their names. */
    private boolean shows(Node other) {
      return directory == other.directory
          && (directory
              || mode == other.mode
                  && xattr.equals(other.xattr)
                  && Arrays.equals(data, other.data));
    }

    Node copy() {
      Node copy = new Node(directory, mode, file);
      copy.data = data;
      copy.xattr = xattr;
      copy.versions.addAll(versions);
      return copy;
    }
  }

  private final TreeMap<String, Node> names = new TreeMap<>();

  /** Directories whose names were synced, with the names they had then and have had ever since. */
  private final TreeMap<String, Node> safeNames = new TreeMap<>();

  LaneModel copy() {
    LaneModel copy = new LaneModel();
    Map<Node, Node> seen = new LinkedHashMap<>();
    names.forEach((path, node) -> copy.names.put(path, seen.computeIfAbsent(node, Node::copy)));
    safeNames.forEach(
        (path, node) -> copy.safeNames.put(path, seen.computeIfAbsent(node, Node::copy)));
    return copy;
  }

  /** As it is after {@code base}, all of which is safe: what was there before is no more. */
  LaneModel since(LaneModel base) {
    Map<Integer, Node> safe = new HashMap<>();
    base.names.values().forEach(node -> safe.put(node.file, node));
    LaneModel since = copy();
    for (Node node : since.names.values()) {
      Node then = safe.get(node.file);
      if (then != null) {
        node.versions.removeIf(v -> v != then.data && then.versions.contains(v));
      }
    }
    return since;
  }

  Map<String, Node> names() {
    return names;
  }

  /** Everything is on stable storage. */
  void allSynced() {
    names.values().forEach(Node::synced);
    safeNames.clear();
    safeNames.putAll(names);
  }

  // ---- what an operation does

  void apply(Op op) {
    Node node = names.get(op.path());
    switch (op.kind()) {
      case CREATE -> put(op.path(), new Node(false, 0644, op.number()));
      case MKDIR -> put(op.path(), new Node(true, 0755, op.number()));
      case WRITE -> node.becomes(written(node.data, op));
      case WRITE_SYNC -> {
        node.becomes(written(node.data, op));
        node.synced();
      }
      case TRUNCATE -> node.becomes(Arrays.copyOf(node.data, op.offset()));
      case UNLINK, RMDIR -> remove(op.path());
      case LINK -> put(op.to(), node);
      case RENAME -> rename(op.path(), op.to());
      case XATTR -> node.xattr = "v" + op.number();
      case MODE -> node.mode = op.offset();
      case SYNC -> sync(op.path(), node);
    }
  }

  private void put(String path, Node node) {
    if (!node.directory && node.versions.isEmpty()) {
      node.versions.add(node.data);
    }
    names.put(path, node);
    safeNames.remove(path);
  }

  private void remove(String path) {
    names.remove(path);
    safeNames.remove(path);
  }

  private void rename(String from, String to) {
    Node node = names.get(from);
    Map<String, Node> moving = new LinkedHashMap<>();
    for (String path : List.copyOf(names.keySet())) {
      if (path.equals(from) || path.startsWith(from + "/")) {
        moving.put(to + path.substring(from.length()), names.get(path));
        remove(path);
      }
    }
    if (node == names.get(to) && !node.directory) {
      // two names of one file: POSIX leaves both
      put(from, node);
      return;
    }
    moving.forEach(this::put);
  }

  private void sync(String path, Node node) {
    node.synced();
    String parent = parent(path);
    names.forEach(
        (name, each) -> {
          if (parent(name).equals(parent)) {
            safeNames.put(name, each);
          }
        });
  }

  private static byte[] written(byte[] data, Op op) {
    byte[] result = Arrays.copyOf(data, Math.max(data.length, op.offset() + op.length()));
    System.arraycopy(op.data(), 0, result, op.offset(), op.length());
    return result;
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  // ---- the next operation

  /** One that succeeds here. */
  Op next(SplittableRandom random, int number) {
    while (true) {
      Op op = propose(random, number);
      if (op != null) {
        return op;
      }
    }
  }

  private Op propose(SplittableRandom random, int number) {
    String file = pick(random, false);
    String fresh = free(random);
    if (file == null) {
      return fresh == null ? null : op(Op.Kind.CREATE, number, fresh, "", 0, 0);
    }
    int size = names.get(file).data.length;
    int draw = random.nextInt(100);
    if (draw < 34) {
      int offset = random.nextBoolean() ? size : random.nextInt(size + 1);
      int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 5_000 : 300);
      return offset + length > LARGEST
          ? op(Op.Kind.TRUNCATE, number, file, "", random.nextInt(size + 1), 0)
          : op(
              random.nextInt(4) == 0 ? Op.Kind.WRITE_SYNC : Op.Kind.WRITE,
              number,
              file,
              "",
              offset,
              length);
    }
    if (draw < 48) {
      return op(Op.Kind.SYNC, number, file, "", 0, 0);
    }
    if (draw < 54) {
      return op(Op.Kind.TRUNCATE, number, file, "", random.nextInt(LARGEST), 0);
    }
    if (draw < 60) {
      return op(Op.Kind.XATTR, number, file, "", 0, 0);
    }
    if (draw < 64) {
      return op(Op.Kind.MODE, number, file, "", 0600 | random.nextInt(0200), 0);
    }
    return names(random, number, draw, file, fresh);
  }

  private Op names(SplittableRandom random, int number, int draw, String file, String fresh) {
    if (draw < 74) {
      return fresh == null ? null : op(Op.Kind.CREATE, number, fresh, "", 0, 0);
    }
    if (draw < 80) {
      return op(Op.Kind.UNLINK, number, file, "", 0, 0);
    }
    if (draw < 85) {
      return fresh == null ? null : op(Op.Kind.LINK, number, file, fresh, 0, 0);
    }
    if (draw < 92) {
      String target = random.nextBoolean() ? fresh : pick(random, false);
      return target == null || target.equals(file)
          ? null
          : op(Op.Kind.RENAME, number, file, target, 0, 0);
    }
    String directory = pick(random, true);
    if (draw < 95 || directory == null) {
      return fresh == null || fresh.contains("/")
          ? null
          : op(Op.Kind.MKDIR, number, fresh, "", 0, 0);
    }
    if (draw < 98) {
      String to = "d" + random.nextInt(5);
      return names.containsKey(to) ? null : op(Op.Kind.RENAME, number, directory, to, 0, 0);
    }
    boolean empty = names.keySet().stream().noneMatch(path -> path.startsWith(directory + "/"));
    return empty ? op(Op.Kind.RMDIR, number, directory, "", 0, 0) : null;
  }

  private static Op op(Op.Kind kind, int number, String path, String to, int offset, int length) {
    return new Op(kind, number, path, to, offset, length);
  }

  private String pick(SplittableRandom random, boolean directory) {
    List<String> some = new ArrayList<>();
    names.forEach(
        (path, node) -> {
          if (node.directory == directory) {
            some.add(path);
          }
        });
    return some.isEmpty() ? null : some.get(random.nextInt(some.size()));
  }

  /** A name that is not taken; null when there are enough. */
  private String free(SplittableRandom random) {
    if (names.size() >= MOST_NAMES) {
      return null;
    }
    String directory = pick(random, true);
    String prefix = directory == null || random.nextBoolean() ? "" : directory + "/";
    String name = prefix + (prefix.isEmpty() && random.nextInt(6) == 0 ? "d" : "f");
    for (int i = random.nextInt(5); ; i++) {
      if (!names.containsKey(name + i)) {
        return name + i;
      }
    }
  }

  // ---- comparing

  /** Whether it shows the same as the other one does: as if their {@link #lines} were compared. */
  boolean shows(LaneModel other) {
    if (names.size() != other.names.size()) {
      return false;
    }
    List<Node> mine = new ArrayList<>(names.values());
    List<Node> theirs = new ArrayList<>(other.names.values());
    Iterator<String> paths = other.names.keySet().iterator();
    for (String path : names.keySet()) {
      if (!path.equals(paths.next())) {
        return false;
      }
    }
    for (int i = 0; i < mine.size(); i++) {
      if (!mine.get(i).shows(theirs.get(i)) || firstOf(mine, i) != firstOf(theirs, i)) {
        return false;
      }
    }
    return true;
  }

  /** The first name of the file that has name {@code index}; a directory has no other. */
  private static int firstOf(List<Node> nodes, int index) {
    int first = 0;
    while (nodes.get(first) != nodes.get(index)) {
      first++;
    }
    return first;
  }

  /** One line a name: what the tree must show. */
  Map<String, String> lines() {
    Map<Node, List<String>> links = new LinkedHashMap<>();
    names.forEach((path, node) -> links.computeIfAbsent(node, n -> new ArrayList<>()).add(path));
    Map<String, String> lines = new TreeMap<>();
    names.forEach((path, node) -> lines.put(path, line(node, links.get(node))));
    return lines;
  }

  private static String line(Node node, List<String> links) {
    return node.directory
        ? "directory"
        : line(node.data, node.mode, node.xattr, links.size() > 1 ? links.toString() : "");
  }

  static String line(byte[] data, int mode, String xattr, String links) {
    return data.length
        + ":"
        + Integer.toHexString(Arrays.hashCode(data))
        + " "
        + Integer.toOctalString(mode)
        + " "
        + xattr
        + " "
        + links;
  }

  /** Why {@code found} cannot be left of this by a loss of power; null if it can. */
  String refuses(LaneModel found, List<LaneModel> since) {
    for (var safe : safeNames.entrySet()) {
      Node there = found.names.get(safe.getKey());
      boolean touched = since.stream().anyMatch(m -> m.names.get(safe.getKey()) == null);
      if (there == null && !touched) {
        return "the synced name " + safe.getKey() + " is gone";
      }
    }
    for (var entry : found.names.entrySet()) {
      if (!entry.getValue().directory) {
        String why = refuses(entry.getKey(), entry.getValue().data, since);
        if (why != null) {
          return why;
        }
      }
    }
    return null;
  }

  private String refuses(String path, byte[] found, List<LaneModel> since) {
    List<LaneModel> models = new ArrayList<>(since);
    models.add(this);
    // the name may be lost with an unlink after which other names of the file went on
    Set<Integer> files = new HashSet<>();
    for (LaneModel model : models) {
      Node node = model.names.get(path);
      if (node != null && !node.directory) {
        files.add(node.file);
      }
    }
    List<byte[]> possible = new ArrayList<>();
    for (LaneModel model : models) {
      for (Node node : model.names.values()) {
        if (files.contains(node.file)) {
          possible.addAll(node.versions);
        }
      }
    }
    if (possible.isEmpty()) {
      return "no file was ever at " + path;
    }
    // pages reach the disk one by one, each with the length that covers it
    if (possible.stream()
        .noneMatch(
            v -> v.length == found.length || v.length > found.length && found.length % 4096 == 0)) {
      return path + " has a length of " + found.length + " that it never had since its last sync";
    }
    for (int i = 0; i < found.length; i++) {
      if (!known(possible, i, found[i])) {
        return "byte " + i + " of " + path + " has a value that it never had since its last sync";
      }
    }
    return null;
  }

  /** Whether any of the contents has that byte there; beyond its end each has 0. */
  private static boolean known(List<byte[]> possible, int at, byte found) {
    for (byte[] content : possible) {
      if (content.length > at ? content[at] == found : found == 0) {
        return true;
      }
    }
    return false;
  }
}

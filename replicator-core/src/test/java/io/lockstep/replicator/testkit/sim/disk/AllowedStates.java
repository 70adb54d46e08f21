package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The states that a tree may be in after a loss of power, by the rules alone: names and attributes
 * as they were after some call that is no older than the last sync of metadata; each sector of a
 * file as it was at some moment since that file's last sync, a byte that was not there counting as
 * zero.
 *
 * <p>It looks only at what the tree shows after each call, and knows nothing of how the simulated
 * disk works.
 */
final class AllowedStates {
  /** Names and attributes after one call; content is left out. */
  private record Names(Map<TreePath, String> lines, Map<TreePath, FileId> ids) {}

  private final List<Names> names = new ArrayList<>();
  private final Map<FileId, List<byte[]>> contents = new HashMap<>();
  private int oldest;

  AllowedStates(SimStore store) throws IOException {
    restart(store);
  }

  /** From now on the tree is what it is now. */
  void restart(SimStore store) throws IOException {
    names.clear();
    contents.clear();
    oldest = 0;
    observe(store);
  }

  /** After each call. */
  void observe(SimStore store) throws IOException {
    Names now = look(store);
    names.add(now);
    for (Map.Entry<TreePath, FileId> file : now.ids.entrySet()) {
      if (store.status(file.getKey()).kind() == FileKind.FILE) {
        List<byte[]> known = contents.computeIfAbsent(file.getValue(), id -> new ArrayList<>());
        byte[] content = content(store, file.getKey());
        if (known.isEmpty() || !Arrays.equals(known.get(known.size() - 1), content)) {
          known.add(content);
        }
      }
    }
  }

  void allSynced() {
    oldest = names.size() - 1;
    contents.keySet().forEach(this::keepLast);
  }

  void fileSynced(FileId id, boolean dataOnly) {
    keepLast(id);
    if (!dataOnly) {
      oldest = names.size() - 1;
      return;
    }
    int born = 0;
    while (!names.get(born).ids.containsValue(id)) {
      born++;
    }
    oldest = Math.max(oldest, born);
  }

  /** The names in it are durable, the last change of them included. */
  void directorySynced(FileId directory) {
    int changed = names.size() - 1;
    while (changed > 0 && children(changed, directory).equals(children(changed - 1, directory))) {
      changed--;
    }
    oldest = Math.max(oldest, changed);
  }

  /** What was in the directory, wherever that was then. */
  private Map<String, FileId> children(int state, FileId directory) {
    Map<TreePath, FileId> ids = names.get(state).ids;
    Map<String, FileId> children = new TreeMap<>();
    ids.forEach(
        (path, id) -> {
          if (!path.isRoot() && ids.get(path.parent()).equals(directory)) {
            children.put(new String(path.name(), StandardCharsets.UTF_8), id);
          }
        });
    return children;
  }

  private void keepLast(FileId id) {
    List<byte[]> known = contents.get(id);
    known.subList(0, known.size() - 1).clear();
  }

  /** What of the tree no rule allows; empty when all is well. */
  List<String> violations(SimStore store) throws IOException {
    List<String> violations = new ArrayList<>();
    Names now = look(store);
    if (names.subList(oldest, names.size()).stream().noneMatch(n -> n.lines.equals(now.lines))) {
      violations.add(
          "names of no moment since the last sync: " + now.lines + " not in " + names.size());
    }
    for (Map.Entry<TreePath, FileId> file : now.ids.entrySet()) {
      if (store.status(file.getKey()).kind() == FileKind.FILE) {
        check(
            file.getKey(),
            content(store, file.getKey()),
            contents.get(file.getValue()),
            violations);
      }
    }
    return violations;
  }

  private static void check(
      TreePath path, byte[] found, List<byte[]> versions, List<String> violations) {
    int shortest = versions.stream().mapToInt(each -> each.length).min().orElseThrow();
    int longest = versions.stream().mapToInt(each -> each.length).max().orElseThrow();
    if (found.length < shortest || found.length > longest) {
      violations.add(path + " has " + found.length + " bytes, not " + shortest + ".." + longest);
    }
    for (int at = 0; at < found.length; at += Page.SECTOR_BYTES) {
      int end = Math.min(found.length, at + Page.SECTOR_BYTES);
      byte[] sector = Arrays.copyOfRange(found, at, end);
      int from = at;
      if (versions.stream().noneMatch(each -> Arrays.equals(sector, range(each, from, end)))) {
        violations.add(
            path
                + " at "
                + at
                + " holds what was never there: "
                + HexFormat.of().formatHex(sector));
      }
    }
  }

  private static byte[] range(byte[] version, int from, int end) {
    byte[] range = new byte[end - from];
    int count = Math.min(version.length, end) - from;
    if (count > 0) {
      System.arraycopy(version, from, range, 0, count);
    }
    return range;
  }

  private static Names look(SimStore store) throws IOException {
    Map<TreePath, String> lines = new TreeMap<>();
    Map<TreePath, FileId> ids = new TreeMap<>();
    List<TreePath> paths = new ArrayList<>(List.of(TreePath.root(0)));
    store.walk(TreePath.root(0), paths::add);
    for (TreePath path : paths) {
      FileStatus status = store.status(path);
      ids.put(path, store.identity(path).orElseThrow());
      lines.put(
          path,
          String.join(
              " ",
              ids.get(path).toString(),
              status.kind().toString(),
              Integer.toOctalString(status.permissions()),
              String.valueOf(status.modifyNs()),
              String.valueOf(status.links()),
              xattrs(store, path)));
    }
    return new Names(lines, ids);
  }

  private static String xattrs(SimStore store, TreePath path) throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte[] name : store.xattrs(path)) {
      text.append(HexFormat.of().formatHex(store.xattr(path, name)));
    }
    return text.toString();
  }

  private static byte[] content(SimStore store, TreePath path) throws IOException {
    try (OpenFile file = store.open(path, Access.READ)) {
      ByteBuffer into = ByteBuffer.allocateDirect((int) store.status(file).sizeBytes());
      store.read(file, into, 0);
      byte[] bytes = new byte[into.capacity()];
      into.get(bytes);
      return bytes;
    }
  }
}

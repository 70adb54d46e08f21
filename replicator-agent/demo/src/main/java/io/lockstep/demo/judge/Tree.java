package io.lockstep.demo.judge;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All names of a directory tree with what belongs to them, as find(1) sees it. Contents and
 * extended attributes are read when asked for.
 *
 * @param root the directory
 * @param entries by path, the root's own as the empty path
 */
record Tree(Path root, SortedMap<String, Entry> entries) {
  /** Lockstep's own name at a directory's root: staging that belongs to no user. */
  private static final String RESERVED = ".lockstep";

  private static final String FORMAT = "%P\\0%y\\0%m\\0%U\\0%G\\0%s\\0%T@\\0%n\\0%i\\0%l\\0";
  private static final int FIELDS = 10;

  /**
   * Lists a tree.
   *
   * @throws IOException if it cannot be read as a whole
   */
  static Tree of(Path root) throws IOException {
    Process find =
        new ProcessBuilder("find", root.toString(), "-printf", FORMAT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String listing;
    try (InputStream out = find.getInputStream()) {
      listing = new String(out.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
    try {
      if (find.waitFor() != 0) {
        throw new IOException("find could not list " + root);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while listing " + root, e);
    }
    String[] fields = listing.split("\0", -1);
    SortedMap<String, Entry> entries = new TreeMap<>();
    for (int i = 0; i + FIELDS < fields.length; i += FIELDS) {
      Entry entry = entry(fields, i);
      if (!entry.path().equals(RESERVED) && !entry.path().startsWith(RESERVED + "/")) {
        entries.put(entry.path(), entry);
      }
    }
    return new Tree(root, entries);
  }

  private static Entry entry(String[] field, int i) {
    boolean directory = field[i + 1].equals("d");
    return new Entry(
        field[i],
        field[i + 1].charAt(0),
        field[i + 2],
        field[i + 3],
        field[i + 4],
        directory ? 0 : Long.parseLong(field[i + 5]),
        field[i + 6],
        directory ? 0 : Integer.parseInt(field[i + 7]),
        field[i + 8],
        field[i + 9]);
  }

  /** The whole path of an entry, one character a byte. */
  String absolute(String path) {
    String base =
        new String(root.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    return path.isEmpty() ? base : base + "/" + path;
  }

  /** For each name of a file with several names, the first of these names in the tree. */
  Map<String, String> firstNames() {
    Map<String, String> byInode = new HashMap<>();
    Map<String, String> first = new HashMap<>();
    for (Entry entry : entries.values()) {
      if (entry.links() > 1) {
        first.put(entry.path(), byInode.computeIfAbsent(entry.inode(), inode -> entry.path()));
      }
    }
    return first;
  }
}

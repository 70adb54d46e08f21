package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ModuleConfiguration;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.state.NodeRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a copy consists of: its directories, each of which carries a mark, and the paths that are
 * left out. A directory without its mark is another one, as when the file system that holds the
 * copy is not mounted; to serve that would bring emptiness to the peer.
 *
 * @param directories where they are on this node
 * @param excluded what is left out, in words that are equal when it is
 */
record Scope(List<Path> directories, String excluded) {
  private static final String DIRECTORIES = "directories";
  private static final String EXCLUDED = "excluded";

  static Scope of(ModuleContext context) {
    return new Scope(
        context.directories(),
        context.module().directories().stream()
            .map(ModuleConfiguration.Directory::exclude)
            .toList()
            .toString());
  }

  /**
   * Marks the directories of a copy that was not marked so far, and looks for the marks of one that
   * was.
   *
   * @throws IOException when a directory is not the one that belongs to the copy; nothing was
   *     touched
   */
  void recognise(NodeRecord record, FileStore store) throws IOException {
    String known = record.notes().get(DIRECTORIES);
    if (known != null && !known.equals(count())) {
      throw new IOException(
          "this node's copy of module "
              + record.module()
              + " has "
              + known
              + " directories, and the configuration "
              + count()
              + ". Take that back; or remove the module ('lockstep module remove' leaves the files)"
              + " and begin it anew with 'lockstep init'");
    }
    for (int i = 0; i < directories.size(); i++) {
      UUID expected = mark(record, i);
      if (known == null) {
        store.mark(i, expected);
      } else if (!store.mark(i).equals(Optional.of(expected))) {
        throw foreign(record, i);
      }
    }
  }

  private IOException foreign(NodeRecord record, int directory) throws StoreException {
    return new IOException(
        directories.get(directory)
            + " is not the directory that holds this node's copy of module "
            + record.module()
            + ": is its file system mounted, and the path as it was? Nothing was touched. If the"
            + " copy is lost, empty the directory and remove this module's state on this node: it"
            + " then joins anew and fetches everything from the peer");
  }

  /** The record's notes with this scope in them. */
  Map<String, String> noted(NodeRecord record) {
    Map<String, String> notes = new HashMap<>(record.notes());
    notes.put(DIRECTORIES, count());
    String before = notes.put(EXCLUDED, excluded);
    if (before != null && !before.equals(excluded)) {
      notes.put(Persistence.VERIFY, "true");
    }
    return notes;
  }

  private String count() {
    return Integer.toString(directories.size());
  }

  /** The same on both nodes, as everything in the two trees is. */
  private static UUID mark(NodeRecord record, int directory) {
    String place = record.cluster() + "/" + record.module() + "/" + directory;
    return UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
  }
}

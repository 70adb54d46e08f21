package io.lockstep.agent.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.split.ContentChunk;
import io.lockstep.agent.split.Divergence;
import io.lockstep.agent.split.PathText;
import io.lockstep.agent.split.QuarantineHead;
import io.lockstep.agent.split.QuarantineMatch;
import io.lockstep.agent.split.QuarantineShelf;
import io.lockstep.agent.split.SplitSide;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.state.NodeRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What this node tells of its side of a split and of its quarantines. Any thread. */
final class SplitAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files of a quarantine are told one by one; the index has them all. */
  private static final int MOST_MATCHES = 100;

  private final NodeRuntime node;

  SplitAnswers(NodeRuntime node) {
    this.node = node;
  }

  Optional<ModuleRuntime> find(String module) {
    return node.modules().stream().filter(m -> m.context().name().equals(module)).findFirst();
  }

  /** The peer asks; the words of the question are one a line, the module first. */
  Answer answer(Question question, String text) {
    String[] words = text.split("\n", -1);
    ModuleRuntime module = find(words[0]).orElse(null);
    if (module == null) {
      return new Answer(false, "no module '" + words[0] + "' is configured there");
    }
    try {
      return switch (question) {
        case SPLIT_SIDE -> new Answer(true, json(side(module, Integer.parseInt(words[1]))));
        case SPLIT_CONTENT ->
            new Answer(true, json(content(module, words[1], words[2], Long.parseLong(words[3]))));
        case QUARANTINES -> new Answer(true, json(quarantines(module, words[1])));
        default -> new Answer(false, "this question is not understood");
      };
    } catch (IOException e) {
      return new Answer(false, String.valueOf(e.getMessage()));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return new Answer(false, "this question is not understood");
    }
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record could not be written as JSON", e);
    }
  }

  SplitSide side(ModuleRuntime module, int most) throws IOException {
    ModuleData data = module.data();
    NodeRecord record = data.record();
    List<TreePath> paths =
        Divergence.of(
            data.store, module.returns().ownChanges(module.peerRecord()), data::mayHaveNamed);
    return new SplitSide(
        module.context().node(),
        module.state().role().name(),
        record.generation().toString(),
        record.aloneSinceMs(),
        paths.size(),
        SplitSide.files(data.store, paths, most));
  }

  /**
   * Of the tree, or of a quarantine where {@code id} is one.
   *
   * @throws IOException also when there is no such quarantine
   */
  ContentChunk content(ModuleRuntime module, String id, String file, long offset)
      throws IOException {
    if (!id.isEmpty()) {
      return module
          .quarantining()
          .shelf()
          .content(id, file, offset)
          .orElseThrow(() -> new IOException("there is no quarantine " + id));
    }
    Optional<TreePath> path = PathText.path(file);
    FileStore store = module.data().store;
    if (path.isEmpty() || path.get().directory() >= store.directories()) {
      throw new IOException("'" + file + "' is no path in this module");
    }
    return treeContent(store, path.get(), offset);
  }

  private static ContentChunk treeContent(FileStore store, TreePath path, long offset)
      throws StoreException {
    var found = Divergence.at(store, path);
    if (found.gone() || found.status().kind() != FileKind.FILE) {
      return ContentChunk.NONE;
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect(ContentChunk.MOST_BYTES);
    try (OpenFile open = store.open(path, FileStore.Access.READ)) {
      int read = Math.max(0, store.read(open, buffer, offset));
      byte[] part = new byte[read];
      buffer.get(0, part);
      return ContentChunk.of(store.status(open).sizeBytes(), part);
    }
  }

  /** All, or those that have that file; a quarantine without it is left out then. */
  List<QuarantineMatch> quarantines(ModuleRuntime module, String file) throws IOException {
    QuarantineShelf shelf = module.quarantining().shelf();
    List<QuarantineMatch> matches = new ArrayList<>();
    for (QuarantineHead head : shelf.list()) {
      if (file.isEmpty()) {
        matches.add(new QuarantineMatch(head, null));
      } else {
        shelf
            .entry(head.id(), file)
            .ifPresent(entry -> matches.add(new QuarantineMatch(head, entry)));
      }
    }
    int size = matches.size();
    return size > MOST_MATCHES ? matches.subList(size - MOST_MATCHES, size) : matches;
  }
}

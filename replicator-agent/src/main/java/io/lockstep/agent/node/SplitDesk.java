package io.lockstep.agent.node;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.api.SplitControl;
import io.lockstep.agent.peer.AgentPeer;
import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.peer.AgentPeer.UnreachableException;
import io.lockstep.agent.split.ContentChunk;
import io.lockstep.agent.split.ContentProof;
import io.lockstep.agent.split.PathText;
import io.lockstep.agent.split.QuarantineMatch;
import io.lockstep.agent.split.SplitDiff;
import io.lockstep.agent.split.SplitReport;
import io.lockstep.agent.split.SplitSide;
import io.lockstep.replicator.link.ClusterKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Splits and quarantines of both nodes, for the operator at one of them. Any thread. */
final class SplitDesk implements SplitControl {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ASKING = Duration.ofSeconds(60);

  private final SplitAnswers mine;
  private final AgentPeer peer;
  private final ClusterKey key;

  SplitDesk(SplitAnswers mine, AgentPeer peer, ClusterKey key) {
    this.mine = mine;
    this.peer = peer;
    this.key = key;
  }

  private interface Work {
    CommandResult with(ModuleRuntime module) throws IOException;
  }

  private CommandResult on(String module, Work work) {
    ModuleRuntime found = mine.find(module).orElse(null);
    if (found == null) {
      return CommandResult.usage("there is no module '" + module + "'");
    }
    try {
      return work.with(found);
    } catch (IOException e) {
      return CommandResult.failed(String.valueOf(e.getMessage()));
    }
  }

  private CommandResult proven(String module, String proof, Work work) {
    return ContentProof.holds(key, module, proof)
        ? on(module, work)
        : CommandResult.refused(
            "the content of files is shown only to who has the cluster's key: ask with the"
                + " lockstep command, as the owner of the key's file");
  }

  @Override
  public CommandResult show(String module, int most, boolean json) {
    return on(
        module,
        m -> {
          String split = m.state().split();
          if (split == null) {
            return CommandResult.refused("Module " + module + " is not split.");
          }
          SplitSide theirs = null;
          try {
            theirs = ask(SplitSide.class, Question.SPLIT_SIDE, module, Integer.toString(most));
          } catch (UnreachableException e) {
            // told in the report
          }
          SplitReport report = SplitReport.of(split, mine.side(m, most), theirs);
          return CommandResult.ok(json ? SplitAnswers.json(report) : report.text());
        });
  }

  @Override
  public CommandResult diff(String module, String file, String proof) {
    return proven(
        module,
        proof,
        m -> {
          if (PathText.path(file).isEmpty()) {
            return CommandResult.usage("'" + file + "' is no path in the module");
          }
          ContentChunk own = mine.content(m, "", file, 0);
          ContentChunk theirs;
          try {
            theirs = ask(ContentChunk.class, Question.SPLIT_CONTENT, module, "", file, "0");
          } catch (UnreachableException e) {
            return CommandResult.failed(e.getMessage() + ": there is nothing to compare with");
          }
          return CommandResult.ok(
              SplitDiff.of(file, side(m.context().node(), own), side(peer.name(), theirs)));
        });
  }

  private static SplitDiff.Side side(String node, ContentChunk chunk) {
    return new SplitDiff.Side(node, chunk.there() ? chunk.bytes() : null, chunk.sizeBytes());
  }

  @Override
  public CommandResult quarantines(String module, String file, boolean json) {
    return on(
        module,
        m -> {
          String path = file.isEmpty() ? "" : PathText.path(file).map(PathText::of).orElse(file);
          List<QuarantineMatch> all = new ArrayList<>(mine.quarantines(m, path));
          String note = "";
          try {
            String theirs = askText(Question.QUARANTINES, module, path);
            all.addAll(JSON.readValue(theirs, new TypeReference<List<QuarantineMatch>>() {}));
          } catch (UnreachableException e) {
            note = "\nThe other node cannot be asked: " + e.getMessage();
          }
          return CommandResult.ok(json ? SplitAnswers.json(all) : text(all) + note);
        });
  }

  private static String text(List<QuarantineMatch> all) {
    List<String> lines = new ArrayList<>();
    for (QuarantineMatch each : all) {
      lines.add(
          each.head().id()
              + " on "
              + each.head().node()
              + ": "
              + each.head().files()
              + " files, "
              + each.head().bytes()
              + " bytes, made "
              + Instant.ofEpochMilli(each.head().madeMs()));
    }
    return lines.isEmpty() ? "Nothing is in quarantine." : String.join("\n", lines);
  }

  @Override
  public CommandResult content(
      String module, String node, String id, String file, long offset, String proof) {
    return proven(
        module,
        proof,
        m -> {
          String path = PathText.path(file).map(PathText::of).orElse(file);
          if (node.equals(m.context().node())) {
            return CommandResult.ok(SplitAnswers.json(mine.content(m, id, path, offset)));
          }
          if (!node.equals(peer.name())) {
            return CommandResult.usage("no node is named '" + node + "'");
          }
          try {
            String at = Long.toString(offset);
            return CommandResult.ok(askText(Question.SPLIT_CONTENT, module, id, path, at));
          } catch (UnreachableException e) {
            return CommandResult.failed(e.getMessage());
          }
        });
  }

  @Override
  public CommandResult discard(String module, String id) {
    return on(
        module,
        m ->
            m.quarantining().discard(id)
                ? CommandResult.ok("Quarantine " + id + " is deleted.")
                : CommandResult.refused(
                    "There is no quarantine "
                        + id
                        + " on this node that is not needed: `lockstep split list`."));
  }

  private <T> T ask(Class<T> type, Question question, String... words)
      throws IOException, UnreachableException {
    return JSON.readValue(askText(question, words), type);
  }

  private String askText(Question question, String... words)
      throws IOException, UnreachableException {
    try {
      Answer answer = peer.ask(question, String.join("\n", words), ASKING);
      if (!answer.ok()) {
        throw new IOException(peer.name() + ": " + answer.text());
      }
      return answer.text();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}

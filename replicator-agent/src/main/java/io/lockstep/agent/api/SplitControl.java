package io.lockstep.agent.api;

/**
 * What an operator learns of a split and of the quarantines that splits left, on both nodes.
 * Answers with {@code json} are one line of JSON. What has the content of files is answered only to
 * who proves to have the cluster's key ({@link io.lockstep.agent.split.ContentProof}). Any thread.
 */
public interface SplitControl {
  /** Both sides: since when, what each changed; at most {@code most} files of each. */
  CommandResult show(String module, int most, boolean json);

  /** What differs between both sides' content of one file, this node's first. */
  CommandResult diff(String module, String file, String proof);

  /**
   * The quarantines on both nodes.
   *
   * @param file only those with that file, with what they have of it; empty for all
   */
  CommandResult quarantines(String module, String file, boolean json);

  /**
   * A part of a file's content, as JSON of {@link io.lockstep.agent.split.ContentChunk}.
   *
   * @param node that has it
   * @param id of the quarantine; empty for the node's own tree
   */
  CommandResult content(
      String module, String node, String id, String file, long offset, String proof);

  /** Deletes a quarantine of this node for good. */
  CommandResult discard(String module, String id);
}

package io.lockstep.agent.split;

/**
 * A file that one side of a split changed, as that side has it.
 *
 * @param path as {@link PathText} writes it
 * @param gone whether that side removed it or moved it away
 * @param kind as in {@link io.lockstep.replicator.model.FileKind}; null where it is gone
 * @param modifiedNs when it was last modified, ns since 1970
 */
public record SplitFile(String path, boolean gone, String kind, long sizeBytes, long modifiedNs) {
  static SplitFile of(DivergedFile file) {
    String path = PathText.of(file.path());
    return file.gone()
        ? new SplitFile(path, true, null, 0, 0)
        : new SplitFile(
            path,
            false,
            file.status().kind().name(),
            file.status().sizeBytes(),
            file.status().modifyNs());
  }
}

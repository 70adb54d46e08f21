package io.lockstep.agent.split;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.lockstep.replicator.model.FileStatus;
import java.util.Map;

/**
 * One file of a quarantine, as the index has it.
 *
 * @param path as {@link PathText} writes it
 * @param gone whether this branch removed or moved away what was there: then nothing else is known
 * @param kind as in {@link io.lockstep.replicator.model.FileKind}
 * @param mode the twelve permission bits
 * @param device number of a device file, else 0
 * @param target where a symbolic link leads, as {@link PathText} writes bytes; else null
 * @param xattrs by name, as {@link PathText} writes bytes; the values in Base64
 * @param copy of a regular file: where its content is, relative to the quarantine, else null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record QuarantineEntry(
    String path,
    boolean gone,
    String kind,
    long sizeBytes,
    int mode,
    int owner,
    int group,
    long modifiedNs,
    long accessedNs,
    int links,
    long device,
    String target,
    Map<String, String> xattrs,
    String copy) {
  /** Of something that is no more. */
  static QuarantineEntry gone(String path) {
    return new QuarantineEntry(path, true, null, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null);
  }

  /** Of something that is there. */
  static QuarantineEntry of(
      String path, FileStatus s, String target, Map<String, String> xattrs, String copy) {
    return new QuarantineEntry(
        path,
        false,
        s.kind().name(),
        s.sizeBytes(),
        s.permissions(),
        s.owner(),
        s.group(),
        s.modifyNs(),
        s.accessNs(),
        s.links(),
        s.device(),
        target,
        xattrs,
        copy);
  }
}

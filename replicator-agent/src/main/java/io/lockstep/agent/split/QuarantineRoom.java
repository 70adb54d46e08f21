package io.lockstep.agent.split;

import java.util.Optional;

/**
 * Whether a quarantine fits: a pure decision, made before anything is copied.
 *
 * @param quotaBytes most that the quarantines of the module may hold
 * @param heldBytes what the others hold
 * @param usableBytes free on the file system of the quarantine
 * @param reserveBytes of which are left to the journal
 */
public record QuarantineRoom(long quotaBytes, long heldBytes, long usableBytes, long reserveBytes) {
  /** Why {@code neededBytes} more do not fit, and what to do; empty if they do. */
  public Optional<String> refusal(long neededBytes) {
    if (neededBytes > quotaBytes - heldBytes) {
      return Optional.of(
          "what this side of the split changed needs "
              + neededBytes
              + " bytes of quarantine, and "
              + heldBytes
              + " of "
              + quotaBytes
              + " are held already: raise split.quarantine.quota (`lockstep apply`), or remove a"
              + " quarantine that is needed no more");
    }
    if (neededBytes > usableBytes - reserveBytes) {
      return Optional.of(
          "what this side of the split changed needs "
              + neededBytes
              + " bytes of quarantine, and the file system of journal.directory has "
              + usableBytes
              + " left, "
              + reserveBytes
              + " of them reserved for the journal: make room there");
    }
    return Optional.empty();
  }
}

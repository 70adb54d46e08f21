package io.lockstep.agent.split;

/**
 * What a quarantine is.
 *
 * @param format of the index, 1
 * @param id its directory's name
 * @param node on which it is
 * @param generation of the branch that lost
 * @param keeps the generation that was kept instead
 * @param aloneSinceMs when the branch began to serve on its own, ms since 1970; 0 where unknown
 * @param madeMs when it was made, ms since 1970
 * @param files entries in the index
 * @param bytes of content copied
 */
public record QuarantineHead(
    int format,
    String id,
    String module,
    String node,
    String generation,
    String keeps,
    long aloneSinceMs,
    long madeMs,
    int files,
    long bytes) {}

package io.lockstep.replicator.link;

/**
 * What a link has done since it was started.
 *
 * @param sentFrames frames given to the system, the link's own included
 * @param receivedFrames users' frames delivered to the listener
 * @param connects how often the link came up
 * @param refusals handshakes that this node or the peer refused
 * @param failures connections closed for another cause: malformed, silent, cut
 * @param roundTripNanos of the last ping, 0 before the first
 * @param queuedBytes waiting to be written now, both lanes
 */
public record LinkCounters(
    long sentFrames,
    long receivedFrames,
    long connects,
    long refusals,
    long failures,
    long roundTripNanos,
    long queuedBytes) {}

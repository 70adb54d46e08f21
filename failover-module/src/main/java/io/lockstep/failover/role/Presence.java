package io.lockstep.failover.role;

/** What the heartbeats say of the peer. */
public enum Presence {
  /** Nothing yet, or nothing that can be relied on since this process stood still. */
  UNKNOWN,
  /** Its heartbeats come. */
  PRESENT,
  /** None came for {@code takeoverAfter}. */
  SILENT,
  /** It said goodbye, or its process is known to be gone. */
  GONE
}

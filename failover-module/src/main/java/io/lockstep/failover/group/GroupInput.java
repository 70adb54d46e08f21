package io.lockstep.failover.group;

/** What can happen to a group's machine. Its members' states come with each. */
public sealed interface GroupInput {
  /** Time has passed; comes many times a second. */
  record Look() implements GroupInput {}

  /**
   * This process stood still for {@code ns}: nobody had that time, so no wait has become longer.
   * Comes before anything else that may tell of it.
   */
  record Frozen(long ns) implements GroupInput {}

  /** An operator wants all of it, or one of its members, on the other node. */
  record Move(String who) implements GroupInput {}

  /** An operator stops all of it. */
  record Stop(String who) implements GroupInput {}

  /** The agent is asked to exit in good order. */
  record ShutDown() implements GroupInput {}
}

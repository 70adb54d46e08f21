package io.lockstep.replicator.port;

import java.io.IOException;
import java.nio.file.Path;

/** Takes room on a file system for a part of a file that is to be written later. */
@FunctionalInterface
public interface SpaceReserver {
  /** Where the system has no such thing. */
  SpaceReserver NONE = (file, from, bytes) -> false;

  /**
   * Takes the room from {@code from} on, for {@code bytes}, extending the file: what is written
   * there afterwards, through a mapping too, does not fail for want of room. Where nothing was
   * written it reads as zeros. Any thread; nothing is durable.
   *
   * @return false where this file system cannot: nothing has changed then
   * @throws IOException when there is no room, or the file cannot be opened
   */
  boolean reserve(Path file, long from, long bytes) throws IOException;
}

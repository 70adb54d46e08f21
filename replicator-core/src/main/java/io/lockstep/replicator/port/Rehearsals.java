package io.lockstep.replicator.port;

import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Places where an application runs on this machine's files as if it were alone, and leaves nothing
 * behind: whatever it writes, wherever, goes to a copy of its own; its network reaches nobody; it
 * sees no process but its own.
 */
public interface Rehearsals {
  /** A platform that has none. */
  Rehearsals NONE =
      new Rehearsals() {
        @Override
        public Rehearsal open(Plan plan, ProcessGroup group) throws IOException {
          throw new IOException("this system has no place for a drill");
        }

        @Override
        public void clear(Path work, ProcessGroup group) {}
      };

  /**
   * What a place is made of.
   *
   * @param directories shown as they are now, to be changed at will. Nobody may change them until
   *     the place is discarded, or what is seen of them is undefined; they themselves never change
   * @param addresses that can be bound inside
   * @param work a directory that is not there yet, for what is changed in {@code directories}; not
   *     inside of them
   * @param elsewhereBytes most that may be written to all other files, in memory
   */
  record Plan(
      List<Path> directories, List<VirtualAddress> addresses, Path work, long elsewhereBytes) {
    /** Keeps unmodifiable copies. */
    public Plan {
      directories = List.copyOf(directories);
      addresses = List.copyOf(addresses);
    }
  }

  /** One place. {@link #discard} by one thread, everything else by any. */
  interface Rehearsal {
    /** Commands that it encloses run inside of it, as members of the group that it was made for. */
    ProcessGroup inside();

    /** What was written to the directories so far, in bytes. */
    long usedBytes() throws IOException;

    /**
     * Ends everything that runs inside and removes the place; nothing of it is left on return.
     *
     * @throws IOException when something is: {@link Rehearsals#clear} may be tried again
     */
    void discard() throws IOException, InterruptedException;
  }

  /**
   * Makes a place, in which nothing runs yet. It ends with this process, however that ends.
   *
   * @param group that it and everything inside belongs to; empty
   * @throws IOException when the system refuses; says what. Nothing is left then
   */
  Rehearsal open(Plan plan, ProcessGroup group) throws IOException, InterruptedException;

  /**
   * Removes what an earlier process left; returns when nothing is.
   *
   * @throws IOException when something cannot be removed
   */
  void clear(Path work, ProcessGroup group) throws IOException, InterruptedException;
}

package io.lockstep.simulator;

import io.lockstep.replicator.journal.SegmentAppender;
import io.lockstep.replicator.testkit.PlainSegmentAppender;
import io.lockstep.replicator.testkit.sim.disk.SimDisk;

/**
 * Where a run puts something of its own in the place of a part: nothing in an ordinary run, a
 * deliberate fault in a mutation's.
 */
class Substitution {
  /** What writes the journal's segments. */
  SegmentAppender.Factory appenders(SimDisk disk) {
    return (directory, record) -> new PlainSegmentAppender(disk, directory, record);
  }
}

/**
 * Disks in memory that lose, tear, spoil and refuse what real ones do, as one seed decides: {@link
 * io.lockstep.replicator.testkit.sim.disk.SimDisk} for Lockstep's own files, {@link
 * io.lockstep.replicator.testkit.sim.disk.SimStore} for a module's tree.
 */
package io.lockstep.replicator.testkit.sim.disk;

/**
 * The deterministic simulator's machine room: real threads, exactly one of which runs at a time, in
 * virtual time, in an order that one seed decides; and the disks, stores and networks that belong
 * to such a world.
 */
package io.lockstep.replicator.testkit.sim;

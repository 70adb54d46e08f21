/** The secondary's durable log of operations, on Chronicle Queue. */
package io.lockstep.replicator.journal;

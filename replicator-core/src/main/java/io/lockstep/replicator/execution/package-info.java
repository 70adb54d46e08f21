/** Production's clocks, threads, locks and disk, and what waits are built from. */
package io.lockstep.replicator.execution;

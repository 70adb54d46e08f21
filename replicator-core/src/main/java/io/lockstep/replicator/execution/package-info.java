/** Production's clocks, threads and locks. */
package io.lockstep.replicator.execution;

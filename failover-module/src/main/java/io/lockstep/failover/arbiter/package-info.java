/**
 * The third opinion: the in-sync record, the pure policy over it, and the port to whatever keeps
 * it.
 */
package io.lockstep.failover.arbiter;

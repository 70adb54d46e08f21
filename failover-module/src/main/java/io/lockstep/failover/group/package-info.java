/** Modules that serve on the same node: the pure machine that decides when all of them move. */
package io.lockstep.failover.group;

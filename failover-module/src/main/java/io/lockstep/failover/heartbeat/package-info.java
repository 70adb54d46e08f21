/** Authenticated heartbeats on every network, and what their absence means. */
package io.lockstep.failover.heartbeat;

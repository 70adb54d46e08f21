/** The running node: ties the pure machines of failover to replication and the operating system. */
package io.lockstep.agent.node;

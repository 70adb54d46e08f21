/**
 * The network between two simulated hosts: connections, datagrams, and what goes wrong with them.
 */
package io.lockstep.replicator.testkit.sim.network;

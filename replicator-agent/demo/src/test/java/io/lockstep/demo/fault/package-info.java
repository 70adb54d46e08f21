/**
 * Every fault under every kind of arbiter, on real agents, with a recorder outside both nodes that
 * compares what was acknowledged with what survived.
 */
package io.lockstep.demo.fault;

/**
 * What can be behind an arbiter: etcd, a share on a third machine, a fencing command, witnesses.
 */
package io.lockstep.agent.arbiter;

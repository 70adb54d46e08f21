/** Power cuts of real agents: what was acknowledged and synced is there afterwards. */
package io.lockstep.powercut;

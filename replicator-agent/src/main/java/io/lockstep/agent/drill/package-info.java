/** Rehearsals of a takeover on the secondary, and what came of them. */
package io.lockstep.agent.drill;

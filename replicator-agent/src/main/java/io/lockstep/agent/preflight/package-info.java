/** What must be right on a machine for a configuration to work there. */
package io.lockstep.agent.preflight;

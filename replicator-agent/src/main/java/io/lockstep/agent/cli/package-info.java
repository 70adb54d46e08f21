/** The {@code lockstep} command. */
package io.lockstep.agent.cli;

/** What an operator changes on both nodes at once while they run. */
package io.lockstep.agent.change;

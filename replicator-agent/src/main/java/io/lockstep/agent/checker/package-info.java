/** Looks at what the checkers of a module's application are about. */
package io.lockstep.agent.checker;

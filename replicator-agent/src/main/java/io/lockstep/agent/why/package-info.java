/** The record of what the role machines decided, kept so that it can be asked for later. */
package io.lockstep.agent.why;

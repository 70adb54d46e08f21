/** What a node tells and takes from outside: the control interface, and REST over it. */
package io.lockstep.agent.api;

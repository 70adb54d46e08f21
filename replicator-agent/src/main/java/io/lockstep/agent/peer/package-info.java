/** What the two agents ask each other over the link, apart from any module. */
package io.lockstep.agent.peer;

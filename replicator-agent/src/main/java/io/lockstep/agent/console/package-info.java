/** The web console: its pages, kept in memory. */
package io.lockstep.agent.console;

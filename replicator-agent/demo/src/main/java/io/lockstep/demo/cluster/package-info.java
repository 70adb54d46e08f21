/** The pair as a whole: configuration, agents, consoles, and the application's commands. */
package io.lockstep.demo.cluster;

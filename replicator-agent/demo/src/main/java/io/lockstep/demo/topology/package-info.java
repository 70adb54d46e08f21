/** The networks and nodes of a run, and the commands that break and mend them. */
package io.lockstep.demo.topology;

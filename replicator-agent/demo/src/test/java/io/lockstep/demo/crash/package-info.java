/** Real agents, killed and frozen at every named point, with a recorded workload and a judge. */
package io.lockstep.demo.crash;

/** The dispatch desk: the real application of the demo, which knows nothing of replication. */
package io.lockstep.demo.desk;

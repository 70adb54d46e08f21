/** Cleans up outside this process when it dies. */
package io.lockstep.failover.guardian;

/**
 * Cleans up outside this process when it dies: a shell script in a session of its own, which waits
 * for the end of a pipe from here.
 */
package io.lockstep.failover.guardian;

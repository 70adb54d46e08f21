/** Who serves: the pure role machine and its vocabulary. */
package io.lockstep.failover.role;

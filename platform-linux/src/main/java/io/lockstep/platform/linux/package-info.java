/** Linux behind the ports of replicator-core. */
package io.lockstep.platform.linux;

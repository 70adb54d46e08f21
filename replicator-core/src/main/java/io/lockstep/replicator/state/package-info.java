/** What a node must still know after a crash or a loss of power, in small checksummed files. */
package io.lockstep.replicator.state;

/** Replication of a module's directories: the volume, the journal, the link, reintegration. */
package io.lockstep.replicator;

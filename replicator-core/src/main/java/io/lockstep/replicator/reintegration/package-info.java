/**
 * Bringing a returning node up to date: what changed is tracked by file and byte range, and only
 * that travels, in rounds, while the application writes.
 */
package io.lockstep.replicator.reintegration;

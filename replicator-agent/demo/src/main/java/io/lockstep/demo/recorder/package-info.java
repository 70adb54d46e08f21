/**
 * Processes that record without ever syncing, and the collector of what was acknowledged to them.
 */
package io.lockstep.demo.recorder;

/** What is mounted over a replicated directory, and the read-only view of a secondary. */
package io.lockstep.platform.linux.mount;

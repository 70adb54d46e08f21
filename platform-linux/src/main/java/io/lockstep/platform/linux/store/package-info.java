/**
 * The file store over the node's own POSIX file systems, reached below any mount that covers it.
 */
package io.lockstep.platform.linux.store;

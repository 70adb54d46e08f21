/** The interceptor on Linux: the FUSE kernel protocol, spoken on /dev/fuse without a library. */
package io.lockstep.platform.linux.fuse;

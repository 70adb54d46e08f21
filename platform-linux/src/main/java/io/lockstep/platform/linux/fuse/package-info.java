/**
 * The interceptor on Linux: the FUSE kernel protocol, spoken on /dev/fuse without a library.
 *
 * <p>Words, beside those of {@code linux/fuse.h}:
 *
 * <ul>
 *   <li>a <i>worker</i>: a thread that handles one request after another, each to its end;
 *   <li>a <i>channel</i>: where one worker's requests come from and its answers go, which is either
 *       a descriptor of the device (/dev/fuse) or a place in a queue;
 *   <li>a <i>queue</i>: where the kernel, if it speaks FUSE over io_uring, keeps the requests of
 *       one processor until they are fetched;
 *   <li>a <i>place</i>: what a queue needs for each request that is to be under way at once, for
 *       the kernel an entry: memory that both know. It has a worker and a ring of its own;
 *   <li>a <i>ring</i>: an io_uring, by which a place's worker answers and fetches.
 * </ul>
 */
package io.lockstep.platform.linux.fuse;

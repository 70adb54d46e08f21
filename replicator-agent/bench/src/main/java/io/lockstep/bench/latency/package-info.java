/** How long single operations take, over minutes and beside plain ext4 in the same seconds. */
package io.lockstep.bench.latency;

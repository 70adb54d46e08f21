/** Virtual addresses by netlink, and their announcement to the neighbours. */
package io.lockstep.platform.linux.network;

/** Process groups on control groups of version 2. */
package io.lockstep.platform.linux.process;

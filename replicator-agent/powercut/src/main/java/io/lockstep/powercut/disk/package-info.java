/** Disks that lose their power, and the file systems on them. */
package io.lockstep.powercut.disk;

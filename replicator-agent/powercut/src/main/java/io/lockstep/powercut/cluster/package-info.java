/** A pair of real agents on disks that can lose their power. */
package io.lockstep.powercut.cluster;

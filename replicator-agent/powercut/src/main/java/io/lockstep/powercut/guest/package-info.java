/** A pair of virtual machines, each with a kernel of its own, one of which is cut off its power. */
package io.lockstep.powercut.guest;

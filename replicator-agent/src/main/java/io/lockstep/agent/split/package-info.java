/**
 * What becomes of the losing side of a split: what each side changed, the losing side's versions
 * copied aside before its return, and single files taken back.
 */
package io.lockstep.agent.split;

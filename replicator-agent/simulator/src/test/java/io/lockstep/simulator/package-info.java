/**
 * The deterministic simulator: two hosts that run production's own modules over disks, networks,
 * clocks and threads of the simulator's, a model application, and whatever can go wrong; judged by
 * what the application was told and what the disks hold.
 */
package io.lockstep.simulator;

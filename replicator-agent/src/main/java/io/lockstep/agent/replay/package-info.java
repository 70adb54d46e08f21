/**
 * The recordings of what the role machines were given: their lines and files, and what a replay of
 * one tells.
 */
package io.lockstep.agent.replay;

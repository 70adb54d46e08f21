/**
 * What a role machine was given, kept so that it can be given again: to the same machine, to see
 * that it decides the same, or under other times, to see what would have been different. Pure.
 */
package io.lockstep.failover.replay;

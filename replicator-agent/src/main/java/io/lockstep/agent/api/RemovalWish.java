package io.lockstep.agent.api;

/**
 * How a module is to be removed.
 *
 * @param force also when a node's files are not whole
 * @param clean takes Lockstep's marks and staging out of the directories too
 * @param thisNode only here, without asking the peer
 */
public record RemovalWish(boolean force, boolean clean, boolean thisNode) {}

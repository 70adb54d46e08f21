/**
 * Starts, watches and stops the protected application: a pure {@link
 * io.lockstep.failover.application.SupervisionMachine} that decides, and {@link
 * io.lockstep.failover.application.Application}, which runs the commands.
 */
package io.lockstep.failover.application;

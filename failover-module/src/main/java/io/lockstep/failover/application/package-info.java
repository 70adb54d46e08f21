/** Starts, watches and stops the protected application. */
package io.lockstep.failover.application;

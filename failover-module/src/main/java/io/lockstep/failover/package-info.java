/** Who serves: heartbeats, roles, first contact, the application and its guardian. */
package io.lockstep.failover;

/** A whole Lockstep cluster on one machine: networks, agents, an application, and a judge. */
package io.lockstep.demo;

/** What two nodes conclude from each other's records when they meet. */
package io.lockstep.failover.contact;

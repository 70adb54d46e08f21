/** How fast a lost node's service is at its peer, on real agents at the shortest times. */
package io.lockstep.demo.timing;

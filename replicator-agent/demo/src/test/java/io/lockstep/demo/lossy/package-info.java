/** A real pair on two bad networks and starved processors: nobody takes the other for dead. */
package io.lockstep.demo.lossy;

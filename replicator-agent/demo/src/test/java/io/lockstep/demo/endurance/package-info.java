/** What a pair costs with many files and after a long time, on real agents. */
package io.lockstep.demo.endurance;

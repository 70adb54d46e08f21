/** What is written on the pair, and what is remembered of it outside of both nodes. */
package io.lockstep.powercut.record;

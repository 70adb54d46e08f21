/** A module's checkers on a real pair. */
package io.lockstep.demo.checker;

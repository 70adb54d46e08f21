/** Callers outside both nodes that place calls without pause and remember each acknowledged one. */
package io.lockstep.demo.caller;

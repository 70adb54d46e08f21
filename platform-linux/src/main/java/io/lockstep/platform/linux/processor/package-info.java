/** The machine's processors. */
package io.lockstep.platform.linux.processor;

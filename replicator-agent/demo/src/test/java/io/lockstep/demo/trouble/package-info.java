/** What goes wrong on a machine, played end to end on a real pair. */
package io.lockstep.demo.trouble;

/** The judge: a process outside both agents that looks at files only, and says what is wrong. */
package io.lockstep.demo.judge;

/** The system calls that the Java library lacks, and what their errors mean. */
package io.lockstep.platform.linux.syscall;

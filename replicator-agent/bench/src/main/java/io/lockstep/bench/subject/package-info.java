/** The file systems that are compared: how each is brought up, and how it proves what it is. */
package io.lockstep.bench.subject;

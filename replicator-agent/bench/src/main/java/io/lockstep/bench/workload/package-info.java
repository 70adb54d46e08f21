/** What is done on each file system, and how it is measured. */
package io.lockstep.bench.workload;

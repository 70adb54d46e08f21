/** The same workloads on several file systems in one run. */
package io.lockstep.bench;

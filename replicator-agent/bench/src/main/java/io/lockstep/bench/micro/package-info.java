/**
 * Microbenchmarks of the pure parts, by JMH, with what each operation allocates: {@code ./bench
 * --jmh}.
 */
package io.lockstep.bench.micro;

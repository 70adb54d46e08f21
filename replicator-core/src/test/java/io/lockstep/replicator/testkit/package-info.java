/** Fakes and comparisons for tests of every module: a file store in memory, digests of trees. */
package io.lockstep.replicator.testkit;

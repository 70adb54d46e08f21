package io.lockstep.failover.application;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Performs the probes that are no commands. Safe for any thread. */
public interface Prober {
  /**
   * Looks once; returns within {@code timeout}, or soon after.
   *
   * @return why it is not good; empty if it is
   * @throws IOException counts as not good
   */
  Optional<String> probe(Probe probe, Duration timeout) throws IOException, InterruptedException;
}

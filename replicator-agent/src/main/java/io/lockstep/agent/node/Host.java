package io.lockstep.agent.node;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.journal.ChronicleAppender;
import io.lockstep.replicator.journal.SegmentAppender;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.Platform;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node stands on. Everything that a module reaches of its machine is here, so that the
 * simulator runs two modules of production's own classes over machines of its own.
 *
 * @param disk for Lockstep's own files
 * @param appenders write the journal's segments
 * @param tickMs how often a role machine is told the time when nothing else happens
 * @param fatal ends the process when its invariants are broken
 */
public record Host(
    Platform platform,
    Execution execution,
    Disk disk,
    SegmentAppender.Factory appenders,
    long tickMs,
    Fatal fatal) {
  /** Ends what cannot go on. */
  public interface Fatal {
    /** Does not return in production: the guardian then acts. */
    void ended(String what, Throwable why);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Host.class);
  private static final int EXIT = 70;
  private static final long TICK_MS = 50;

  /** The machine that this process runs on. */
  public static Host real(Platform platform) {
    return new Host(
        platform,
        new SystemExecution(),
        new SystemDisk(platform.spaceReserver()),
        ChronicleAppender::new,
        TICK_MS,
        Host::halt);
  }

  /** The wall clock in ms, for what people read. */
  long wallTimeMs() {
    return TimeUnit.NANOSECONDS.toMillis(execution.wallTimeNs());
  }

  /** Ends this process at once, so that its guardian acts. */
  static void halt(String what, Throwable why) {
    LOG.error("{}; this process ends so that its guardian can act", what, why);
    Runtime.getRuntime().halt(EXIT);
  }
}

package io.lockstep.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file system under test. Used by one thread. */
public interface Subject extends AutoCloseable {
  /** Its name in the results. */
  String name();

  /** Where the workloads work. */
  Path directory();

  /** The directories below in which the data finally lie, for emptying caches. */
  List<Path> lower();

  /**
   * Proves that it is what it claims to be, by its mount and by where a file goes.
   *
   * @throws IOException if it is not: nothing may be reported of it
   */
  void prove() throws IOException, InterruptedException;

  /** A workload begins. */
  void begin() throws IOException;

  /**
   * A workload has ended and its files are still there.
   *
   * @throws IOException if it does not count, with the reason
   */
  void end() throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}

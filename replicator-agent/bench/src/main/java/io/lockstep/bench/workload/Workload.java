package io.lockstep.bench.workload;

import io.lockstep.bench.Cell;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Something that is done on a file system and measured. */
public interface Workload {
  /** The names of its results, in order. */
  List<String> names();

  /** Whether it can be done there at all. */
  default boolean suits(Subject subject) {
    return true;
  }

  /**
   * Does it in the empty directory {@code place}; the files stay.
   *
   * @return one figure for each of {@link #names}
   */
  List<Cell> run(Subject subject, Path place) throws IOException, InterruptedException;
}

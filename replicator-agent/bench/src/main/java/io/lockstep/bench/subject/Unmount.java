package io.lockstep.bench.subject;

import io.lockstep.demo.topology.Shell;
import java.nio.file.Path;

/** Takes mounts away. */
final class Unmount {
  private Unmount() {}

  /** Detaches what is mounted at {@code path}, at once. */
  static void now(Path path) {
    Shell.attempt("umount", "-l", "--", path.toString());
  }
}

package io.lockstep.bench.workload;

import io.lockstep.bench.Commands;
import io.lockstep.bench.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes files cold, at the mount and below it, without emptying the whole machine's caches. */
final class FileCaches {
  private FileCaches() {}

  /** Everything in {@code place} has to come from the disk. */
  static void drop(Subject subject, Path place) throws IOException, InterruptedException {
    Path relative = subject.directory().relativize(place);
    List<Path> places = new ArrayList<>(List.of(place));
    subject.lower().forEach(lower -> places.add(lower.resolve(relative)));
    for (Path one : places) {
      // Only clean pages can be dropped, and only those of a file that is named.
      Commands.script(
          "sync -f '%1$s'; find '%1$s' -type f -exec dd if={} iflag=nocache count=0 status=none \\;"
              .formatted(one));
    }
  }
}
